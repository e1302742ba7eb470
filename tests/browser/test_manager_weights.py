"""An endpoint in Python on the manager page: asked for its licence, installed with progress, tried, opened, removed."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.hub_site import LAPTOP, HubSite, button, card
from tests.fixtures.weights import install_weighted, stock
from tests.hub_server.faults import Slow
from tests.hub_server.server import serve_hub
from tests.server.running import run_server
from tests.ui.page_site import write_tone

BOTH, LACKING = "harpist-example/both", "harpist-example/lacking"


@pytest.fixture
def site(tmp_path: Path) -> Iterator[HubSite]:
    tone = write_tone(tmp_path / "take.wav", seconds=1.0)
    with serve_hub() as hub:
        folder = install_weighted(tmp_path / "site", stock(hub, tmp_path / "marker"), "both", "lacking")
        environment = {"HF_ENDPOINT": hub.url, "HF_HOME": str(tmp_path / "hf"), "PYTHONPATH": str(folder)}
        with run_server(tmp_path / "home", module="tests.server.weighted", **environment) as running:
            yield HubSite(running.url, hub, tone)


@pytest.fixture
def page(browser: Browser, site: HubSite) -> Iterator[Page]:
    context = site.context(browser, LAPTOP, "light")
    page = context.new_page()
    site.watch(page)
    yield page
    context.close()
    assert site.complaints == []


def test_the_licence_is_asked_once_and_the_rest_goes_as_with_a_model(page: Page, site: HubSite) -> None:
    page.goto(f"{site.url}/?words=harpist-example")
    entry, dialog = card(page, BOTH), page.get_by_role("dialog")
    expect(entry.locator(".hp-badge")).to_have_text(re.compile(r"^From a folder · needs 20\d kB$"))
    expect(entry.locator(".hp-warnings")).to_contain_text("non-commercial use only: owner/paid (cc-by-nc-4.0)")
    expect(card(page, LACKING).locator(".hp-problem")).to_contain_text("python -m pip install a_library_that")
    expect(button(card(page, LACKING), "Install")).to_have_count(0)

    button(entry, "Install").click()
    expect(dialog).to_contain_text("owner/paid (cc-by-nc-4.0)")
    button(dialog, "Not now").click()
    expect(entry.locator(".hp-progress")).to_have_count(0)
    site.hub.faults = [Slow("/cdn/*", seconds=0.1, block=8_000)]
    button(entry, "Install").click()
    button(dialog, "I accept").click()
    expect(entry.locator(".hp-numbers")).to_have_text(re.compile(r"^[\d.]+ of [\d.]+ kB · [\d.]+ kB/s · \d+ s left$"))
    button(entry, "Cancel").click()
    expect(button(entry, "Install")).to_be_visible()
    site.hub.faults = []
    button(entry, "Install").click()
    expect(dialog).to_have_count(0)
    expect(entry.get_by_role("link", name="Open:")).to_be_visible(timeout=120_000)
    expect(entry.locator(".hp-facts")).to_contain_text("cc-by-nc-4.0")

    entry.get_by_role("link", name="Open:").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Two repositories")
    page.locator(".hp-drop input[type=file]").set_input_files(site.tone)
    expect(page.locator(".hp-input-view figcaption")).to_contain_text("take.wav")
    page.get_by_role("button", name="Process").click()
    expect(page.locator(".hp-results")).to_contain_text("Shaped", timeout=120_000)
    page.goto(f"{site.url}/?words=harpist-example")

    button(entry, "Remove").click()
    button(dialog, "Remove").click()
    expect(entry.locator(".hp-good")).to_have_text(re.compile(r"^Removed; 20\d kB are free again\.$"))
    expect(button(entry, "Install")).to_be_visible()
