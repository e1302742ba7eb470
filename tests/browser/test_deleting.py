"""A page's own files, deleted at once by its button."""

from __future__ import annotations

from pathlib import Path

import httpx
from playwright.sync_api import Browser, Page, expect

from tests.ui.page_site import PageSite


def opened(browser: Browser, site: PageSite, path: str) -> Page:
    page = browser.new_context().new_page()
    page.set_default_timeout(20_000)
    page.goto(site.url + path)
    return page


def processed(page: Page, site: PageSite) -> list[str]:
    """Send the sound, process it, and return the addresses of all that can be fetched then."""
    page.locator(".hp-drop input[type=file]").set_input_files(site.tone)
    expect(page.locator(".hp-input-view [data-player]")).to_have_count(1)
    page.get_by_role("button", name="Process").click()
    expect(page.locator(".hp-results [data-player]")).to_have_count(2)
    heard = page.eval_on_selector_all("audio", "all => all.map(one => one.src)")
    got = page.eval_on_selector_all("a.hp-get, a[download]", "all => all.map(one => one.href)")
    return [address for address in dict.fromkeys(heard + got) if address.startswith(site.url)]


def files(site: PageSite) -> set[Path]:
    return {path for path in site.settings.work.rglob("*") if path.is_file() and "workers" not in path.parts}


def test_what_was_sent_and_what_came_back_is_gone_at_once(browser: Browser, site: PageSite) -> None:
    before = files(site)
    page = opened(browser, site, "/models/harpist/quick")
    expect(page.locator("#hp-delete")).to_have_count(0)
    addresses = processed(page, site)
    assert len(addresses) > 3
    assert all(httpx.get(address).status_code == 200 for address in addresses)
    assert files(site) > before
    page.get_by_role("button", name="Delete my files").click()
    expect(page.locator("#hp-status")).to_contain_text("Deleted: what you sent from this page, and what came back")
    expect(page.locator("[data-player]")).to_have_count(0)
    expect(page.locator("#hp-delete")).to_have_count(0)
    for address in addresses:
        assert httpx.get(address).status_code in (404, 410), address
    assert files(site) <= before
    # The page works as before.
    assert processed(page, site)
    page.context.close()


def test_what_somebody_else_sent_too_stays_theirs(browser: Browser, site: PageSite) -> None:
    mine, theirs = (opened(browser, site, "/models/harpist/quick") for _ in range(2))
    own, others = processed(mine, site), processed(theirs, site)
    mine.get_by_role("button", name="Delete my files").click()
    expect(mine.locator("#hp-status")).to_contain_text("Deleted")
    assert all(httpx.get(address).status_code == 200 for address in others)
    assert any(httpx.get(address).status_code == 410 for address in own)
    theirs.get_by_role("button", name="Delete my files").click()
    expect(theirs.locator("#hp-status")).to_contain_text("Deleted")
    assert all(httpx.get(address).status_code in (404, 410) for address in own + others)
    for page in (mine, theirs):
        page.context.close()
