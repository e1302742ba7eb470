from __future__ import annotations

import os
import shutil
from collections.abc import Iterator, Sequence
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Browser, BrowserType, Page, expect, sync_playwright

from tests.browser.hub_site import LAPTOP, HubSite, Open, serve_hub_site
from tests.ui.page_site import PageSite, page_site

ARGUMENTS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--use-fake-device-for-media-stream",
    "--use-fake-ui-for-media-stream",
    "--autoplay-policy=no-user-gesture-required",
]
NAMES = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


def launch(kind: BrowserType, arguments: Sequence[str]) -> Browser:
    """Start the Chromium that the tests use, with flags of its command line."""
    path = os.environ.get("HARPIST_CHROMIUM") or next(filter(None, map(shutil.which, NAMES)), None)
    return kind.launch(executable_path=path, args=list(arguments))


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    """A real Chromium: the one that HARPIST_CHROMIUM names, one on the path, else Playwright's own.

    Only as long as this folder's tests: Playwright's event loop would stand in the way of all others.
    """
    expect.set_options(timeout=30_000)
    with sync_playwright() as playwright:
        made = launch(playwright.chromium, ARGUMENTS)
        yield made
        made.close()


@pytest.fixture(scope="package")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PageSite]:
    with page_site(tmp_path_factory.mktemp("pages")) as made:
        # The first page imports Gradio: on a busy machine that takes longer than a browser should have to wait.
        httpx.get(made.endpoint("quick") + "/", timeout=120).raise_for_status()
        yield made


@pytest.fixture(scope="package")
def hub_site(bundled_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[HubSite]:
    with serve_hub_site(bundled_home, tmp_path_factory.mktemp("manager")) as made:
        yield made


@pytest.fixture
def open_manager(browser: Browser, hub_site: HubSite) -> Iterator[Open]:
    """Opens pages of the whole server; at the end nothing was complained of and no other host was asked."""
    contexts = []
    hub_site.start_over()

    def make(path: str = "/", size: tuple[int, int] = LAPTOP, scheme: str = "light", **more: object) -> Page:
        contexts.append(hub_site.context(browser, size, scheme, **more))
        page = contexts[-1].new_page()
        hub_site.watch(page)
        page.goto(hub_site.url + path)
        if more.get("java_script_enabled", True):
            expect(page.locator("#sort option")).not_to_have_count(0)
            expect(page.locator("#refreshing")).to_be_hidden()
        return page

    yield make
    for context in contexts:
        context.close()
    assert hub_site.complaints == []
