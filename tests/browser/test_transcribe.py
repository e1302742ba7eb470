"""Speech to text on its page, in a real Chromium: chosen by word, written down, listed, on a laptop and a phone."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Browser, expect

from app.plugins.own import own_endpoints
from app.sources import IN_PYTHON
from endpoints.transcribe.endpoint import Transcribe
from tests.browser.test_endpoint_page import LAPTOP, PHONE, no_sideways_scroll, process
from tests.browser.watching import watched
from tests.endpoints.transcribe import tiny_whisper as tiny
from tests.ui.page_site import PageSite, page_site

NAME = "harpist/transcribe"

tiny.needs_transformers()


@pytest.fixture
def server(tmp_path: Path) -> Iterator[PageSite]:
    [spec] = own_endpoints({NAME: IN_PYTHON[NAME]}, tmp_path / "kept.json", 120.0, print)
    assert spec.example == Transcribe.example
    with page_site(tmp_path, beside=[replace(spec, weights_at=tiny.save_all(tmp_path / "weights"))]) as made:
        httpx.get(f"{made.url}/models/{NAME}/", timeout=120).raise_for_status()
        yield made


def test_the_example_is_written_down_by_words(browser: Browser, server: PageSite, tmp_path: Path) -> None:
    with watched(browser, f"{server.url}/models/{NAME}", LAPTOP) as page:
        page.get_by_role("button", name="Try the example").click()
        expect(page.locator(".hp-input-view figcaption")).to_contain_text("9.8 s · 16 kHz · mono")
        page.get_by_label("Words").check()
        process(page)
        labels = page.locator(".hp-results .hp-label")
        expect(labels.first).to_be_visible(timeout=120_000)
        expect(page.locator(".hp-results")).to_contain_text("% sure")
        expect(page.locator(".hp-results")).to_contain_text("Language: ")
        assert page.locator(".hp-results tbody tr").count() == labels.count()
        for name, (width, height) in (("laptop", LAPTOP), ("phone", PHONE)):
            page.set_viewport_size({"width": width, "height": height})
            expect(labels.first).to_be_visible()
            assert no_sideways_scroll(page)
            page.screenshot(path=tmp_path / f"{name}.png", full_page=True)
