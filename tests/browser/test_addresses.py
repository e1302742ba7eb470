"""The address that a page shows for HARP: the one that the server itself would tell, however it was reached."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, Page, Route, expect

from app.harp.address import model_address
from tests.browser.hub_site import HubSite
from tests.ui.page_site import PageSite

REACHED = (
    "http://localhost:7860",
    "http://192.168.1.20:7860",
    "http://studio:7860",
    "https://studio.example.org",
    "https://models.studio.example.org:8443",
)


def opened(browser: Browser, reached: str, url: str, path: str) -> Page:
    """Open a page as if its server were at another address."""

    def pass_on(route: Route) -> None:
        route.fulfill(response=route.fetch(url=route.request.url.replace(reached, url)))

    page = browser.new_page()
    page.route(f"{reached}/**", pass_on)
    page.goto(reached + path)
    return page


@pytest.mark.parametrize("reached", REACHED)
def test_a_models_page_shows_what_harp_takes(browser: Browser, site: PageSite, reached: str) -> None:
    page = opened(browser, reached, site.url, "/models/harpist/quick")
    expect(page.locator("code[data-harp-path]")).to_have_text(model_address(reached, "harpist/quick", is_root=False))
    page.unroute_all(behavior="ignoreErrors")
    page.close()


@pytest.mark.parametrize("reached", REACHED)
def test_so_does_the_start_page(browser: Browser, hub_site: HubSite, reached: str) -> None:
    page = opened(browser, reached, hub_site.url, "/")
    shown = page.locator("[data-id='harpist/chords'] p", has_text="HARP URL:").locator("code")
    expect(shown).to_have_text(model_address(reached, "harpist/chords", is_root=False))
    page.unroute_all(behavior="ignoreErrors")
    page.close()
