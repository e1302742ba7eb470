"""Stems in a real Chromium: installed from the gallery, a song taken apart, and its two tracks mixed."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.hub_site import LAPTOP, HubSite, button, card
from tests.endpoints.stems import tiny
from tests.fixtures.stems import stock, write_stated
from tests.hub_server.server import serve_hub
from tests.server.running import run_server
from tests.ui.page_site import write_tone

tiny.needs_demucs()

STEMS = "harpist/stems"


@pytest.fixture
def site(tmp_path: Path) -> Iterator[HubSite]:
    song = write_tone(tmp_path / "song.wav", seconds=2.0)
    with serve_hub() as hub:
        write_stated(tmp_path / "stated.json", stock(hub, tmp_path))
        environment = {"HF_ENDPOINT": hub.url, "HF_HOME": str(tmp_path / "hf")}
        environment["TEST_STATED"] = str(tmp_path / "stated.json")
        with run_server(tmp_path / "home", module="tests.server.stems", **environment) as running:
            yield HubSite(running.url, hub, song)


@pytest.fixture
def page(browser: Browser, site: HubSite) -> Iterator[Page]:
    context = site.context(browser, LAPTOP, "light")
    page = context.new_page()
    site.watch(page)
    yield page
    context.close()
    assert site.complaints == []


def test_from_the_gallery_to_the_mixer(page: Page, site: HubSite, tmp_path: Path) -> None:
    page.goto(f"{site.url}/?words=stems")
    entry = card(page, STEMS)
    expect(entry.locator(".hp-badge")).to_have_text(re.compile(r"^Built in · needs [\d.]+ MB$"))
    button(entry, "Install").click()
    link = entry.get_by_role("link", name="Open").first
    expect(link).to_be_visible(timeout=120_000)
    page.goto(f"{site.url}/models/{STEMS}", timeout=120_000)
    expect(page.get_by_label("Shifts").first).to_be_visible()
    page.locator(".hp-drop input[type=file]").set_input_files(site.tone)
    page.get_by_role("button", name="Process").click()
    expect(page.locator(".hp-mixer [data-player]")).to_have_count(2, timeout=120_000)
    expect(page.locator(".hp-mixer figcaption strong")).to_have_text(["Vocals", "Rest"])
    page.get_by_role("button", name="Play all together").click()
    page.wait_for_function("Number(document.querySelector('[data-mix-seek]').value) > 0.2")
    page.get_by_role("button", name="Mute Vocals").click()
    expect(page.locator(".hp-mixer [data-player]").first).to_have_class(re.compile("hp-unheard"))
    page.screenshot(path=tmp_path / "stems.png", full_page=True)
