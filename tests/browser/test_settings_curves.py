"""Effects that turn their own knobs, on their pages in a real Chromium: three tracks, words of progress, curves."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

import httpx
import numpy as np
import pytest
import soundfile
from playwright.sync_api import Browser, Page, expect

from endpoints.deepafx.encoder import RATE
from tests.browser.progress_words import note_words, words_so_far
from tests.browser.test_endpoint_page import LAPTOP, PHONE, complains, no_sideways_scroll, process
from tests.endpoints.deepafx.test_matching import pair
from tests.endpoints.deepafx.test_serving import learnt_by_nobody
from tests.endpoints.deepafx.toys import music
from tests.fixtures.endpoints import learns
from tests.ui.page_site import PageSite, page_site


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("learning")
    learnt_by_nobody(made / "folder")
    loud = np.stack([music(9, 2.5)] * 2, axis=1)
    loud[len(loud) // 2 :] *= 0.1
    soundfile.write(made / "region.wav", loud, RATE, "PCM_16")
    pair(made)
    return made


@pytest.fixture(scope="module")
def learning(home: Path) -> Iterator[PageSite]:
    specs = learns.specs(home / "folder", home / "learnt")
    with page_site(home, beside=specs) as made:
        httpx.get(f"{made.url}/models/test/folder/", timeout=120).raise_for_status()
        yield made


@pytest.fixture
def open_page(browser: Browser, learning: PageSite) -> Iterator[object]:
    wrong: list[str] = []
    contexts = []

    def make(name: str, size: tuple[int, int], scheme: str = "light") -> Page:
        context = browser.new_context(
            viewport={"width": size[0], "height": size[1]},
            color_scheme=scheme,  # type: ignore[arg-type]
        )
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(60_000)
        page.on("console", lambda said: wrong.append(said.text) if complains(said) else None)
        page.on("pageerror", lambda error: wrong.append(str(error)))
        page.goto(f"{learning.url}/models/test/{name}")
        return page

    yield make
    for context in contexts:
        context.close()
    assert wrong == []


def test_the_knobs_are_drawn(open_page, home: Path, tmp_path: Path) -> None:
    page = open_page("folder", LAPTOP)
    page.locator(".hp-drop input[type=file]").set_input_files(home / "region.wav")
    process(page)
    expect(page.locator(".hp-results .hp-curve").first).to_be_visible(timeout=120_000)
    curves = page.locator(".hp-curve")
    assert 3 <= curves.count() + page.locator(".hp-stills dt").count() == 6
    expect(page.locator(".hp-knobs")).to_contain_text("Threshold")
    assert all(curves.nth(number).locator("polyline").count() == 1 for number in range(curves.count()))
    for width, height in (LAPTOP, PHONE):
        page.set_viewport_size({"width": width, "height": height})
        expect(curves.first).to_be_visible()
        assert no_sideways_scroll(page)
    with page.expect_download() as got:
        page.get_by_role("link", name="Settings file").click()
    settings = json.loads(Path(got.value.path()).read_text())
    assert settings["format"] == "harpist-settings" and settings["seconds"] == 2.5
    page.screenshot(path=tmp_path / "knobs.png", full_page=True)


def test_a_master_is_matched_from_three_tracks(open_page, home: Path, tmp_path: Path) -> None:
    page = open_page("quickmatch", LAPTOP)
    zones = page.locator(".hp-drop input[type=file]")
    for number, name in enumerate(("region.wav", "before.wav", "after.wav")):
        page.locator(".hp-drop input[type=file]").first.wait_for(state="attached")
        zones.first.set_input_files(home / name)
        expect(page.locator(".hp-input-view .hp-player")).to_have_count(number + 1)
    note_words(page)
    process(page)
    expect(page.locator(".hp-results .hp-knobs")).to_be_visible(timeout=120_000)
    words = words_so_far(page)
    assert any(word.startswith("Learning: loss ") for word in words), words
    expect(page.locator(".hp-results")).to_contain_text("the distance to “After” fell from")
    with page.expect_download() as got:
        page.get_by_role("link", name="Download all").click()
    with zipfile.ZipFile(BytesIO(Path(got.value.path()).read_bytes())) as archive:
        assert sorted(archive.namelist()) == [
            "region-Processed.wav",
            "region-labels.json",
            "region-labels.txt",
            "region-settings.json",
        ]
    page.screenshot(path=tmp_path / "match.png", full_page=True)


def test_the_example_fills_all_three_tracks(open_page, tmp_path: Path) -> None:
    page = open_page("quickmatch", LAPTOP)
    page.get_by_role("button", name="Try the example").click()
    expect(page.locator(".hp-input-view .hp-player")).to_have_count(3)
    for name in ("another-piece.ogg", "before.ogg", "after.ogg"):
        expect(page.locator(".hp-work")).to_contain_text(name)
    page.screenshot(path=tmp_path / "example.png", full_page=True)
