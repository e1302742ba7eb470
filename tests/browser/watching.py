"""A page on which nothing may go wrong."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Browser, Page

from tests.browser.test_endpoint_page import complains


@contextmanager
def watched(browser: Browser, url: str, size: tuple[int, int]) -> Iterator[Page]:
    """Open an address in a window of its own; at the end, the page complained of nothing."""
    wrong: list[str] = []
    context = browser.new_context(viewport={"width": size[0], "height": size[1]})
    page = context.new_page()
    page.set_default_timeout(60_000)
    page.on("console", lambda said: wrong.append(said.text) if complains(said) else None)
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.goto(url)
    yield page
    context.close()
    assert wrong == []
