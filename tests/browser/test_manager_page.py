"""The manager page in a real Chromium: what it shows, to whom, and how it is found; installing has tests of its own."""

from __future__ import annotations

import importlib
import re

import pytest
from playwright.sync_api import Route, expect

from app.sources import IN_PYTHON
from endpoints.bundled import NAMES
from tests.browser.hub_site import EVIL, HOSTILE, PHONE, HubSite, Open, button, card


def has_weights(factory: str) -> bool:
    """Whether an endpoint that ships with the server states weights of the hub."""
    module, _, name = factory.partition(":")
    return bool(getattr(getattr(importlib.import_module(module), name), "weights", ()))


WITHOUT_WEIGHTS = [name for name, factory in IN_PYTHON.items() if has_weights(factory)]
"""What ships with the server, and is offered once its weights are installed."""
BUNDLED = len(NAMES) + len(IN_PYTHON) - len(WITHOUT_WEIGHTS)
HUB = 15
EVERY = BUNDLED + len(WITHOUT_WEIGHTS) + HUB


def test_everything_is_there_with_what_is_installed_first(open_manager: Open) -> None:
    page = open_manager()
    expect(page.locator("#count")).to_have_text(f"{EVERY} models")
    expect(page.locator(".hp-entry")).to_have_count(EVERY)
    first = page.locator(".hp-entry").nth(0)
    expect(first.get_by_role("link", name="Open:")).to_be_visible()
    expect(page.locator(".hp-entry").nth(BUNDLED)).to_have_attribute("data-id", EVIL)
    demucs = card(page, "hugggof/demucs_extra")
    expect(demucs.locator(".hp-eyebrow")).to_have_text("Effect · music")
    expect(demucs.locator(".hp-facts")).to_contain_text("44.1 kHz")
    expect(demucs.locator(".hp-facts")).to_contain_text("mit")
    expect(demucs.locator(".hp-warnings")).to_have_text("metadata.json has a trailing comma.")
    expect(card(page, "oreillyp/UNET").locator(".hp-warnings")).to_contain_text("No licence is stated.")
    expect(page.get_by_role("link", name="Explore Hugging Face")).to_have_attribute(
        "href", "https://huggingface.co/models?other=audacity"
    )
    expect(page.locator(".hp-foot")).not_to_be_empty()


def test_it_is_searched_while_typing_and_filtered_and_sorted(open_manager: Open) -> None:
    page = open_manager()
    page.get_by_role("searchbox").press_sequentially("accompaniment")
    expect(page.locator(".hp-entry")).to_have_count(1)
    expect(page.locator("#count")).to_have_text("1 model")
    page.reload()
    expect(page.locator(".hp-entry")).to_have_count(1)
    expect(page.get_by_role("searchbox")).to_have_value("accompaniment")
    page.get_by_role("searchbox").fill("nothing such")
    expect(page.get_by_text("No model matches")).to_be_visible()
    page.get_by_role("searchbox").fill("")
    page.get_by_role("radio", name="Analyzer").check()
    expect(page.locator(".hp-eyebrow")).to_have_text([re.compile("^Analyzer")] * 13)
    page.get_by_role("radio", name="Not yet").check()
    expect(page.locator(".hp-entry")).to_have_count(5)
    page.get_by_label("Sample rate").select_option("16 kHz")
    expect(page.locator(".hp-entry")).to_have_count(3)
    page.get_by_label("Sort by").select_option("Name")
    expect(page.locator(".hp-entry h2").nth(0)).to_have_text("audacity-Wav2Vec2-Base")
    page.get_by_label("Sort by").select_option("Likes")
    expect(page.locator(".hp-entry h2").nth(0)).to_have_text("pitch-tracker")
    button(page, "Clear the filters").click()
    expect(page.locator(".hp-entry")).to_have_count(EVERY)
    page.get_by_label("Licence").select_option("cc-by-nc-4.0")
    expect(page.locator(".hp-entry")).to_have_count(1)


@pytest.mark.slow
def test_the_keyboard_is_enough(open_manager: Open, hub_site: HubSite) -> None:
    page = open_manager()
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to the models")).to_be_focused()
    page.get_by_role("searchbox").focus()
    page.keyboard.type("sepnoisy")
    expect(page.locator(".hp-entry")).to_have_count(1)
    entry = card(page, "hugggof/ConvTasNet_Libri3Mix_sepnoisy_16k")
    for _ in range(8):
        page.keyboard.press("Tab")
        if button(entry, "Install").evaluate("node => node === document.activeElement"):
            break
    assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") == "solid", "the focus is seen"
    page.keyboard.press("Enter")
    expect(entry.get_by_role("link", name="Open:")).to_be_visible(timeout=120_000)
    assert entry.evaluate("node => node.contains(document.activeElement)"), "the focus stays on the card"
    button(entry, "Remove").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("dialog")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_be_hidden()
    expect(button(entry, "Remove")).to_be_focused()
    page.keyboard.press("Enter")
    expect(button(page.get_by_role("dialog"), "Keep it")).to_be_focused()
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(button(entry, "Install")).to_be_focused()
    page.get_by_role("radio", name="All").nth(0).focus()
    page.keyboard.press("ArrowDown")
    expect(page.get_by_role("radio", name="On this server")).to_be_checked()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_it_fits_a_phone_and_can_be_read(open_manager: Open, scheme: str) -> None:
    page = open_manager(size=PHONE, scheme=scheme)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    expect(page.get_by_role("radio", name="Analyzer")).to_be_hidden()
    page.get_by_text("Filters", exact=True).click()
    page.get_by_role("radio", name="Analyzer").check()
    for summary in page.locator(".hp-more summary").all()[:2]:
        summary.click()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    faint = page.evaluate(CONTRAST)
    assert faint == []


# Every text that is seen, with the first ground behind it that is not see-through: WCAG 2.2 AA wants 4.5 to 1.
CONTRAST = """() => {
    const parts = (colour) => (colour.match(/[\\d.]+/g) ?? []).map(Number);
    const light = (colour) => parts(colour).slice(0, 3).map((v) => v / 255)
        .map((v) => (v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4))
        .reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
    const ground = (node) => {
        for (; node; node = node.parentElement) {
            const colour = getComputedStyle(node).backgroundColor;
            if (parts(colour)[3] !== 0) return colour;
        }
    };
    const faint = [], walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    while (walker.nextNode()) {
        const node = walker.currentNode.parentElement;
        if (!walker.currentNode.data.trim() || !node.checkVisibility() || node.closest("script, style, svg")) continue;
        const [a, b] = [light(getComputedStyle(node).color), light(ground(node))].sort((x, y) => y - x);
        if ((a + 0.05) / (b + 0.05) < 4.5) faint.push([walker.currentNode.data.trim(), (a + 0.05) / (b + 0.05)]);
    }
    return faint;
}"""


@pytest.mark.slow
def test_text_from_a_hub_stays_text(open_manager: Open) -> None:
    page = open_manager()
    entry = card(page, EVIL)
    expect(entry.locator("h2")).to_have_text(HOSTILE)
    entry.get_by_text("More", exact=True).click()
    expect(entry.locator(".hp-tags li").nth(0)).to_have_text(HOSTILE)
    page.get_by_role("radio", name=HOSTILE).check()
    expect(page.locator(".hp-entry")).to_have_count(1)
    button(entry, "Install").click()
    expect(entry.get_by_role("link", name="Open:")).to_be_visible(timeout=120_000)
    button(entry, "Remove").click()
    expect(page.get_by_role("dialog").get_by_role("heading")).to_have_text(f"Remove {HOSTILE}?")
    button(page.get_by_role("dialog"), "Remove").click()
    expect(button(entry, "Install")).to_be_visible()
    assert page.locator("img").count() == 0
    assert page.locator("script").count() == 2
    assert page.evaluate("window.hacked") is None


def test_without_javascript_it_lists_the_endpoints_with_their_urls(open_manager: Open, hub_site: HubSite) -> None:
    page = open_manager(java_script_enabled=False)
    assert page.locator(".hp-entry").count() == BUNDLED
    expect(page.get_by_text(f"{hub_site.url}/models/harpist/chords")).to_be_visible()
    expect(page.get_by_role("searchbox")).to_be_hidden()
    expect(page.get_by_role("button")).to_have_count(0)
    expect(page.get_by_text("need JavaScript")).to_be_visible()


def test_hundreds_of_cards_are_all_there(open_manager: Open) -> None:
    page = open_manager()

    def many(route: Route) -> None:
        told = route.fetch().json()
        one = told["models"][-1]
        told["models"] = [{**one, "id": f"many/model-{number}"} for number in range(700)]
        route.fulfill(json=told)

    page.route("**/manager/models**", many)
    page.reload()
    expect(page.locator("#count")).to_have_text("700 models")
    expect(page.locator(".hp-entry")).to_have_count(700)
    last = card(page, "many/model-699")
    last.scroll_into_view_if_needed()
    expect(button(last, "Install")).to_be_in_viewport()
    # Only what is near is laid out.
    assert (
        not card(page, "many/model-5").locator("h2").evaluate("e => e.checkVisibility({contentVisibilityAuto: true})")
    )
