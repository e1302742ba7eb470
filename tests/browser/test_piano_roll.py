"""Notes on an endpoint's page in a real Chromium: sent, drawn, played, zoomed, labelled and saved."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from app.midi.notes import read_notes
from app.midi.reading import read_midi
from endpoints.midi_tools.example import FILE
from tests.browser.test_endpoint_page import PHONE, Open, no_sideways_scroll, open_page, process, send
from tests.fixtures.specs import wav
from tests.midi.pieces import RICH

__all__ = ["open_page"]
SOUND = "document.querySelector('.hp-results [data-notes]')"


def stage_width(page: Page, inside: str) -> float:
    box = page.locator(f"{inside} .hp-stage").bounding_box()
    assert box
    return box["width"]


def test_notes_are_drawn_played_zoomed_and_saved(open_page: Open, tmp_path: Path):
    page = open_page("/models/harpist/notes")
    expect(page.get_by_role("heading", name="Your notes")).to_be_visible()
    assert page.locator("#hp-record").count() == 0, "a microphone hears no notes"
    page.get_by_role("button", name="Try the example").click()
    caption = page.locator(".hp-input-view figcaption")
    expect(caption).to_contain_text("example.mid")
    expect(caption).to_contain_text("12.4 s · 47 notes · 2 tracks")
    page.screenshot(path=tmp_path / "sent.png", full_page=True)
    process(page)
    roll = page.locator(".hp-results .hp-roll")
    expect(roll).to_have_count(1)
    expect(page.locator(".hp-results h2")).to_have_text("1 track and 47 labels")

    page.get_by_role("button", name="Play Moved").click()
    expect(page.get_by_role("button", name="Pause Moved")).to_be_visible()
    page.wait_for_function(f"{SOUND}.currentTime > 0.4")
    page.wait_for_function("parseFloat(document.querySelector('.hp-results [data-head]').style.left) > 2")
    page.get_by_role("button", name="Pause Moved").click()
    expect(page.get_by_role("button", name="Play Moved")).to_be_visible()
    held = page.evaluate(f"{SOUND}.currentTime")
    page.wait_for_timeout(200)
    assert page.evaluate(f"{SOUND}.currentTime") == held > 0.4

    wave = page.get_by_role("slider", name="Position in Moved")
    wave.press("End")
    assert float(wave.get_attribute("aria-valuenow") or 0) > 12.3
    wave.press("Home")
    assert float(wave.get_attribute("aria-valuenow") or 1) == 0
    wave.press("ArrowRight")
    assert 0 < float(wave.get_attribute("aria-valuenow") or 0) < 0.3

    narrow = stage_width(page, ".hp-results")
    page.get_by_role("button", name="Zoom into Moved").click()
    assert stage_width(page, ".hp-results") == pytest.approx(2 * narrow, rel=0.01)
    wave.press("+")
    assert stage_width(page, ".hp-results") == pytest.approx(4 * narrow, rel=0.01)
    assert no_sideways_scroll(page), "the roll scrolls, not the page"
    wave.press("End")
    wave.press("ArrowLeft")
    wave.press("ArrowLeft")
    page.get_by_role("button", name="Play Moved").click()
    expect(page.get_by_role("button", name="Play Moved")).to_be_visible()
    assert page.locator(".hp-results [data-scroll]").evaluate("node => node.scrollLeft") > narrow, (
        "the head stays in sight"
    )
    for _ in range(4):
        wave.press("-")
    assert stage_width(page, ".hp-results") == pytest.approx(narrow, rel=0.01)

    keys = page.locator(".hp-results [data-keys]")
    box = keys.bounding_box()
    assert box
    keys.click(position={"x": 5, "y": box["height"] - 2})
    assert keys.get_attribute("data-sounded") == keys.get_attribute("data-low")
    with page.expect_download() as got:
        page.get_by_role("link", name="Download Moved").click()
    assert got.value.suggested_filename == "example-Moved.mid"
    before, after = read_notes(read_midi(FILE)), read_notes(read_midi(Path(got.value.path())))
    assert [note.pitch for note in after] == [note.pitch + 1 for note in before]
    page.screenshot(path=tmp_path / "roll.png", full_page=True)


def test_labels_lie_on_their_notes(open_page: Open):
    page = open_page("/models/harpist/notes")
    page.get_by_role("button", name="Try the example").click()
    expect(page.locator(".hp-input-view .hp-roll")).to_have_count(1)
    process(page)
    labels = page.locator(".hp-results .hp-label")
    expect(labels).to_have_count(47)
    page.wait_for_function(
        "document.querySelector('.hp-results').getAnimations().every(one => one.playState !== 'running')"
    )
    stage = page.locator(".hp-results .hp-wave").bounding_box()
    keys = page.locator(".hp-results [data-keys]")
    low, high = (int(keys.get_attribute(f"data-{end}") or -1) for end in ("low", "high"))
    [first, *_] = [note for note in read_notes(read_midi(FILE)) if note.pitch == 74]
    label = page.get_by_role("button", name="Play from note 75 · 0.00 ").first
    box = label.bounding_box()
    assert box
    assert stage
    tones = page.locator(".hp-results defs path").evaluate_all("all => all.map(one => getComputedStyle(one).fill)")
    assert len(set(tones)) == 2, "each track has a colour of its own"
    row = stage["height"] / (high - low + 1)
    assert box["y"] - stage["y"] == pytest.approx((high - 75) * row, abs=2)
    assert box["height"] == pytest.approx(row, abs=2)
    assert box["width"] == pytest.approx(stage["width"] * (first.end - first.start) / 12.41, rel=0.1)
    page.get_by_role("button", name="Play from 6.21 seconds").first.click()
    page.wait_for_function(f"{SOUND}.currentTime > 6.2")
    expect(page.get_by_role("button", name="Pause Moved")).to_be_visible()


def test_a_file_that_is_no_midi_is_refused_at_its_place(open_page: Open, tmp_path: Path):
    page = open_page("/models/harpist/notes")
    for name, data, reason in (
        ("cut.mid", RICH[:-4], "The MIDI file is cut off: track 3 should have 18 bytes, and 14 are there."),
        ("sound.mid", wav(bytes(100)), "The MIDI file does not begin as one does, with “MThd”"),
    ):
        path = tmp_path / name
        path.write_bytes(data)
        send(page, path)
        expect(page.locator(".hp-input-view .hp-error")).to_contain_text(reason)
        process(page)
        expect(page.locator("#hp-status .hp-error")).to_contain_text(reason)
        page.locator(".hp-drop").get_by_label("Clear").click()
        expect(page.locator(".hp-input-view .hp-error")).to_have_count(0)


def test_a_phone_shows_and_plays_a_roll(open_page: Open, tmp_path: Path):
    page = open_page("/models/harpist/notes", PHONE, "dark")
    page.get_by_role("button", name="Try the example").click()
    expect(page.locator(".hp-input-view .hp-roll")).to_have_count(1)
    process(page)
    expect(page.locator(".hp-results .hp-roll")).to_have_count(1)
    for _ in range(2):
        page.get_by_role("button", name="Zoom into Moved").click()
    assert no_sideways_scroll(page)
    wave = page.locator(".hp-results [data-scroll]").bounding_box()
    assert wave
    assert wave["width"] > 250, "nearly as wide as the screen"
    for name in ("Zoom into Moved", "Zoom out of Moved", "Play Moved"):
        box = page.get_by_role("button", name=name).bounding_box()
        assert box
        assert min(box["width"], box["height"]) >= 43, "large enough for a finger"
    page.get_by_role("button", name="Play Moved").click()
    page.wait_for_function(f"{SOUND}.currentTime > 0.4")
    page.screenshot(path=tmp_path / "phone.png", full_page=True)
