"""An endpoint's page in a real Chromium, from upload to download."""

from __future__ import annotations

import io
import re
import time
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, expect

from tests.ui.page_site import PageSite

LAPTOP, PHONE = (1366, 768), (390, 844)
Open = Callable[..., Page]


def complains(said: ConsoleMessage) -> bool:
    # Gradio's own upload bar warns of a method that it left out; it means nothing to the page.
    return said.type == "error" or (said.type == "warning" and said.text != "Method not implemented.")


@pytest.fixture
def open_page(browser: Browser, site: PageSite) -> Iterator[Open]:
    """Opens pages, and checks at the end that nothing was complained of and no other host was asked."""
    wrong: list[str] = []
    contexts = []

    def make(path: str, size: tuple[int, int] = LAPTOP, scheme: str = "light") -> Page:
        context = browser.new_context(
            viewport={"width": size[0], "height": size[1]},
            color_scheme=scheme,  # type: ignore[arg-type]
            permissions=["clipboard-read", "clipboard-write", "microphone"],
        )
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(20_000)
        page.on("console", lambda said: wrong.append(said.text) if complains(said) else None)
        page.on("pageerror", lambda error: wrong.append(str(error)))
        page.on("response", lambda got: wrong.append(f"{got.status} {got.url}") if got.status >= 400 else None)
        own = (site.url + "/", "data:", f"blob:{site.url}/")
        page.on("request", lambda asked: None if asked.url.startswith(own) else wrong.append(asked.url))
        page.goto(site.url + path)
        return page

    yield make
    for context in contexts:
        context.close()
    assert wrong == []


def send(page: Page, path: Path) -> None:
    page.locator(".hp-drop input[type=file]").set_input_files(path)


def process(page: Page) -> None:
    page.get_by_role("button", name="Process").click()


def no_sideways_scroll(page: Page) -> bool:
    return page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")


def test_a_region_becomes_stems_that_play_and_can_be_downloaded(open_page: Open, site: PageSite, tmp_path: Path):
    page = open_page("/models/harpist/quick")
    assert page.title().startswith("Harmonic / percussive")
    send(page, site.tone)
    expect(page.locator(".hp-input-view figcaption")).to_contain_text("my take (1).wav")
    expect(page.locator(".hp-input-view figcaption")).to_contain_text("3.0 s · 44.1 kHz · stereo")
    page.evaluate(
        """() => {
            window.seen = [];
            new MutationObserver(() => {
                const bar = document.querySelector('[role=progressbar][aria-valuenow]');
                if (bar) window.seen.push(Number(bar.getAttribute('aria-valuenow')));
            }).observe(document, {subtree: true, childList: true, attributes: true});
        }"""
    )
    process(page)
    stems = page.locator(".hp-results [data-player]")
    expect(stems).to_have_count(2)
    seen = page.evaluate("window.seen")
    assert seen == sorted(seen)
    assert len({value for value in seen if 0 < value < 100}) >= 2, "the bar moves with the job"

    page.get_by_role("button", name="Play Harmonic").click()
    expect(page.get_by_role("button", name="Pause Harmonic")).to_be_visible()
    page.wait_for_function("document.querySelector('.hp-results audio').currentTime > 0.3")
    page.get_by_role("button", name="Play Percussive").click()
    expect(page.get_by_role("button", name="Play Harmonic")).to_be_visible()
    page.wait_for_function("document.querySelectorAll('.hp-results audio')[1].currentTime > 0.3")
    wave = page.get_by_role("slider", name="Position in Percussive")
    wave.press("Home")
    wave.press("End")
    assert float(wave.get_attribute("aria-valuenow") or 0) > 2.9

    with page.expect_download() as got:
        page.get_by_role("link", name="Download Harmonic").click()
    assert got.value.suggested_filename == "my take (1)-Harmonic.wav"
    assert Path(got.value.path()).read_bytes() == site.tone.read_bytes()
    with page.expect_download() as got:
        page.get_by_role("link", name="Download all").click()
    with zipfile.ZipFile(io.BytesIO(Path(got.value.path()).read_bytes())) as archive:
        assert sorted(archive.namelist()) == ["my take (1)-Harmonic.wav", "my take (1)-Percussive.wav"]
        assert archive.read("my take (1)-Percussive.wav") == site.tone.read_bytes()
    page.screenshot(path=tmp_path / "laptop.png", full_page=True)


def test_labels_are_drawn_listed_played_and_saved(open_page: Open):
    page = open_page("/models/harpist/chords")
    page.get_by_role("button", name="Try the example").click()
    expect(page.locator(".hp-input-view [data-player]")).to_have_count(1)
    process(page)
    labels = page.locator(".hp-label")
    expect(labels).to_have_count(3)
    expect(page.locator(".hp-table tbody tr")).to_have_count(3)
    expect(page.locator(".hp-table")).to_contain_text("<b>F</b> major")
    labels.nth(1).hover()
    expect(page.get_by_role("tooltip")).to_have_text("A minor · 1.00 – 1.90 s · confidence 89 %")
    box, stage = labels.nth(1).bounding_box(), page.locator(".hp-results .hp-wave").bounding_box()
    assert box
    assert stage
    assert box["x"] == pytest.approx(stage["x"] + stage["width"] / 3, abs=2)
    labels.nth(1).click()
    page.wait_for_function("document.querySelector('.hp-results audio').currentTime > 1.0")
    page.locator(".hp-results [data-play]").click()
    page.get_by_role("button", name="Play from 2.00 seconds").press("Enter")
    page.wait_for_function("document.querySelector('.hp-results audio').currentTime > 2.0")
    with page.expect_download() as got:
        page.get_by_role("link", name="Label track for Audacity").click()
    assert got.value.suggested_filename == "example-labels.txt"
    assert Path(got.value.path()).read_text().splitlines()[1] == "1.000000\t1.900000\tA minor"


def test_several_choices_are_ticked_and_a_text_is_read(open_page: Open, site: PageSite):
    page = open_page("/models/harpist/words")
    send(page, site.tone)
    expect(page.get_by_label("Voice")).to_be_checked()
    page.get_by_label("Voice").uncheck()
    page.get_by_label("Bass, low").check()
    process(page)
    expect(page.locator(".hp-results h2")).to_have_text("1 text")
    assert page.locator(".hp-results .hp-text").inner_text() == "my take (1).wav:\n('Bass, low', 'Rest')"
    expect(page.locator(".hp-results [data-player]")).to_have_count(0)


def at_work(page: Page, site: PageSite) -> Page:
    """Have a page process a sound for a long time."""
    send(page, site.tone)
    expect(page.locator(".hp-input-view [data-player]")).to_have_count(1)
    process(page)
    expect(page.get_by_role("progressbar")).to_be_visible()
    assert site.open_jobs() == 1
    return page


def wait_for_rest(site: PageSite) -> None:
    deadline = time.monotonic() + 5
    while site.open_jobs():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_cancel_stops_the_work_and_the_page_can_be_used_again(open_page: Open, site: PageSite):
    page = at_work(open_page("/models/harpist/slow"), site)
    expect(page.get_by_role("button", name="Process")).to_be_disabled()
    page.get_by_role("button", name="Cancel").click()
    wait_for_rest(site)
    expect(page.get_by_text("Cancelled. Ready for the next run.")).to_be_visible()
    expect(page.get_by_role("button", name="Cancel")).to_be_hidden()
    expect(page.get_by_role("button", name="Process")).to_be_enabled()


def test_a_closed_tab_stops_its_job(open_page: Open, site: PageSite):
    at_work(open_page("/models/harpist/slow"), site).close()
    wait_for_rest(site)


def test_text_named_wav_gets_a_sentence_and_a_good_file_then_works(open_page: Open, site: PageSite, tmp_path: Path):
    bad = tmp_path / "notes.wav"
    bad.write_text("Not sound at all. " * 50)
    page = open_page("/models/harpist/quick")
    send(page, bad)
    alert = page.get_by_role("alert")
    expect(alert).to_have_text(re.compile(r"^[A-Z“].{20,}\.$"))
    assert str(site.settings.home) not in alert.inner_text()
    page.get_by_label("Clear").click()
    expect(alert).to_have_count(0)
    send(page, site.tone)
    expect(page.locator(".hp-input-view [data-player]")).to_have_count(1)


def test_process_without_a_sound_says_what_is_missing(open_page: Open, site: PageSite):
    page = open_page("/models/harpist/quick")
    process(page)
    expect(page.get_by_role("alert")).to_have_text("Input Audio expects a file, and none was sent.")
    expect(page.get_by_role("button", name="Process")).to_be_enabled()
    send(page, site.tone)
    expect(page.get_by_role("alert")).to_have_count(0)
    expect(page.locator(".hp-input-view [data-player]")).to_have_count(1)


def test_the_card_shows_its_warning_and_copies_its_address(open_page: Open, site: PageSite):
    page = open_page("/models/harpist/quick")
    expect(page.get_by_role("heading", level=1)).to_have_text("Harmonic / percussive")
    expect(page.get_by_role("list", name="Warnings")).to_have_text(
        "The short description has 84 characters; 60 are meant."
    )
    page.get_by_role("button", name="Copy the HARP URL").click()
    expect(page.get_by_role("button", name="Copy the HARP URL")).to_have_text("Copied")
    assert page.evaluate("navigator.clipboard.readText()") == site.endpoint("quick")
    page.get_by_role("link", name="All models").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Harpist")


def test_everything_is_reached_by_keyboard(open_page: Open):
    page = open_page("/models/harpist/quick")
    page.get_by_role("button", name="Try the example").press("Enter")
    expect(page.locator(".hp-input-view [data-player]")).to_have_count(1)
    page.get_by_role("button", name="Process").press("Enter")
    expect(page.locator(".hp-results [data-player]")).to_have_count(2)
    names = set()
    page.evaluate("document.activeElement.blur()")
    for _ in range(40):
        page.keyboard.press("Tab")
        names.add(
            page.evaluate("document.activeElement.getAttribute('aria-label') || document.activeElement.innerText")
        )
    assert {"Play Harmonic", "Position in Percussive", "Download Percussive", "Process", "Record"} <= names


def test_every_field_has_a_name(open_page: Open):
    page = open_page("/models/harpist/chords")
    page.get_by_role("button", name="Process").wait_for()
    unnamed = page.evaluate(
        """[...document.querySelectorAll('input:not([type=hidden]):not([type=file]), button, select, textarea')]
            .filter(e => e.offsetParent && !e.getAttribute('aria-label') && !e.innerText.trim() && !e.title
                && !(e.labels && e.labels.length)).map(e => e.outerHTML.slice(0, 120))"""
    )
    assert unnamed == []


@pytest.mark.parametrize("path", ["/models/harpist/quick", "/models/harpist/chords"])
def test_a_phone_never_scrolls_sideways(open_page: Open, path: str, tmp_path: Path):
    page = open_page(path, PHONE)
    page.get_by_role("button", name="Try the example").click()
    expect(page.locator(".hp-input-view [data-player]")).to_have_count(1)
    assert no_sideways_scroll(page)
    process(page)
    expect(page.locator(".hp-results")).to_be_visible()
    assert no_sideways_scroll(page)
    page.screenshot(path=tmp_path / "phone.png", full_page=True)


def test_dark_follows_the_system(open_page: Open):
    shades = []
    for scheme in ("light", "dark"):
        page = open_page("/models/harpist/quick", scheme=scheme)
        page.get_by_role("button", name="Process").wait_for()
        colours = page.evaluate(
            "[document.body, document.querySelector('h1'), document.querySelector('.hp-panel')].map((e, i) =>"
            " getComputedStyle(e)[i === 1 ? 'color' : 'backgroundColor'])"
        )
        shades.append([sum(int(part) for part in re.findall(r"\d+", colour)[:3]) for colour in colours])
    light, dark = shades
    assert light[0] > 600
    assert light[2] > 600
    assert light[1] < 200
    assert dark[0] < 120
    assert dark[2] < 150
    assert dark[1] > 600
