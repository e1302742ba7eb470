"""MusicGen on its page, in a real Chromium: nothing is sent but words, how far it is, and the music that comes back."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Browser, expect

from app.plugins.own import own_endpoints
from app.sources import IN_PYTHON
from endpoints.musicgen.published import PUBLISHED
from tests.browser.progress_words import note_words, words_so_far
from tests.browser.test_endpoint_page import LAPTOP, PHONE, no_sideways_scroll, process
from tests.browser.watching import watched
from tests.endpoints.musicgen import tiny_networks as tiny
from tests.endpoints.musicgen.driving import music
from tests.ui.page_site import PageSite, page_site

NAME = "harpist/musicgen"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PageSite]:
    home = tmp_path_factory.mktemp("home")
    [spec] = own_endpoints({NAME: IN_PYTHON[NAME]}, home / "kept.json", 120.0, print)
    at = {repo: str(path) for repo, path in tiny.save(home / "weights", PUBLISHED).items()}
    with page_site(home, beside=[replace(spec, weights_at=at, speed=0.2)]) as made:
        httpx.get(f"{made.url}/models/{NAME}/", timeout=120).raise_for_status()
        yield made


def test_words_become_music_and_a_sound_goes_on(browser: Browser, server: PageSite, tmp_path: Path) -> None:
    music(tmp_path / "take.wav", 2.0)
    with watched(browser, f"{server.url}/models/{NAME}", LAPTOP) as page:
        expect(page.get_by_text("Input Audio (optional)").first).to_be_visible()
        told = "Ten seconds of sound take about 50 s on this machine with the settings as they are at first."
        expect(page.locator("#hp-status")).to_have_text(told)
        page.get_by_label("Description").fill("calm piano")
        note_words(page)
        process(page)
        expect(page.locator(".hp-results figcaption strong")).to_have_text("Music", timeout=120_000)
        assert any("of 10 s made" in words for words in words_so_far(page)), words_so_far(page)
        expect(page.locator(".hp-results")).to_contain_text("10.0 s · 32 kHz · mono")
        for name, (width, height) in (("laptop", LAPTOP), ("phone", PHONE)):
            page.set_viewport_size({"width": width, "height": height})
            assert no_sideways_scroll(page)
            page.screenshot(path=tmp_path / f"{name}.png", full_page=True)
        page.locator(".hp-drop input[type=file]").first.set_input_files(tmp_path / "take.wav")
        expect(page.locator("#hp-status")).to_contain_text("Takes about 10 s on this machine with the settings as")
        process(page)
        expect(page.locator(".hp-results")).to_contain_text("4.0 s · 44.1 kHz · stereo", timeout=120_000)
        page.screenshot(path=tmp_path / "goes-on.png", full_page=True)
