"""Steered separation on its page, in a real Chromium: how long it takes, its steps, the tag's rise, and the mask."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import httpx
import numpy as np
import pytest
import soundfile
from playwright.sync_api import Browser, expect

from app.plugins.own import own_endpoints
from app.sources import IN_PYTHON
from tests.browser.progress_words import note_words, words_so_far
from tests.browser.test_endpoint_page import LAPTOP, PHONE, no_sideways_scroll, process
from tests.browser.watching import watched
from tests.endpoints.tagbox import tiny_codecs
from tests.endpoints.tagbox.toys import tones
from tests.server.codecs import codec_server
from tests.ui.page_site import PageSite, page_site

NAME = "harpist/steered-separation"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PageSite]:
    home = tmp_path_factory.mktemp("home")
    [spec] = own_endpoints({NAME: IN_PYTHON[NAME]}, home / "kept.json", 120.0, print)
    quick = {"steps": 20, "tagger": ("FCN",)}
    inputs = tuple(
        replace(one, value=quick[one.name]) if getattr(one, "name", "") in quick else one for one in spec.inputs
    )
    with page_site(home, beside=[replace(spec, inputs=inputs, speed=0.8)]) as made:
        httpx.get(f"{made.url}/models/{NAME}/", timeout=120).raise_for_status()
        yield made


def test_the_rise_and_the_mask_are_drawn(browser: Browser, server: PageSite, tmp_path: Path) -> None:
    low, high = tones(3.0, 44100)
    hiss = 0.05 * np.random.default_rng(1).standard_normal(low.shape[0]) * (np.arange(low.shape[0]) % 22050 < 2000)
    soundfile.write(tmp_path / "take.wav", low.numpy() + 0.2 * high.numpy() + hiss, 44100, "PCM_16")
    with watched(browser, f"{server.url}/models/{NAME}", LAPTOP) as page:
        page.locator(".hp-drop input[type=file]").set_input_files(tmp_path / "take.wav")
        expect(page.locator("#hp-status")).to_contain_text("Takes about 5 s on this machine with the settings as")
        note_words(page)
        process(page)
        expect(page.locator(".hp-results .hp-mask")).to_be_visible(timeout=120_000)
        assert any("Window 1 of 1: step" in words for words in words_so_far(page))
        expect(page.locator(".hp-knobs h3")).to_have_text("What the tagger heard")
        expect(page.locator(".hp-curve")).to_have_count(2)
        expect(page.locator(".hp-results")).to_contain_text("The tagger hears drums at")
        assert page.locator(".hp-mask path").count() >= 1
        for name, (width, height) in (("laptop", LAPTOP), ("phone", PHONE)):
            page.set_viewport_size({"width": width, "height": height})
            expect(page.locator(".hp-mask svg")).to_be_visible()
            assert no_sideways_scroll(page)
            page.screenshot(path=tmp_path / f"{name}.png", full_page=True)


@pytest.mark.slow  # the page: above; the codec: tests/server/test_steered_codec.py
def test_a_codecs_own_sound(browser: Browser, tmp_path: Path) -> None:
    tiny_codecs.needs_transformers()
    low, high = tones(1.2, 44100)
    soundfile.write(tmp_path / "take.wav", np.stack([low.numpy(), high.numpy()], 1), 44100, "PCM_16")
    with codec_server(tmp_path) as server:
        httpx.get(f"{server.url}/", timeout=120).raise_for_status()
        with watched(browser, server.url, PHONE) as page:
            expect(page.get_by_text("Experimental, needs a graphics card.").first).to_be_visible()
            page.locator(".hp-drop input[type=file]").set_input_files(tmp_path / "take.wav")
            page.get_by_label("Style").check()
            note_words(page)
            process(page)
            expect(page.locator(".hp-results")).to_contain_text("The tagger hears drums at", timeout=120_000)
            assert any("Window 1 of 1: step" in words for words in words_so_far(page)), words_so_far(page)
            expect(page.locator(".hp-results figcaption strong").first).to_have_text("Drums")
            expect(page.locator(".hp-curve")).to_have_count(2)
            assert no_sideways_scroll(page)
            page.screenshot(path=tmp_path / "codec.png", full_page=True)
