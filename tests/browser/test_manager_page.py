"""The manager page in a real Chromium, against the whole server with a hub behind it."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, Page, Route, expect

from tests.browser.hub_site import BROKEN, EVIL, HOSTILE, LAPTOP, PHONE, SLOW, TOKEN, UPDATED, HubSite, hub_site
from tests.hub_server.small import RECORD

BUNDLED = 7
HUB = 15
Open = Callable[..., Page]


@pytest.fixture(scope="module")
def hub(bundled_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[HubSite]:
    with hub_site(bundled_home, tmp_path_factory.mktemp("manager")) as made:
        yield made


@pytest.fixture
def open_page(browser: Browser, hub: HubSite) -> Iterator[Open]:
    """Opens pages, and checks at the end that nothing was complained of and no other host was asked."""
    contexts = []
    hub.start_over()

    def make(path: str = "/", size: tuple[int, int] = LAPTOP, scheme: str = "light", **more: object) -> Page:
        contexts.append(hub.context(browser, size, scheme, **more))
        page = contexts[-1].new_page()
        hub.watch(page)
        page.goto(hub.url + path)
        if more.get("java_script_enabled", True):
            expect(page.locator("#sort option")).not_to_have_count(0)
            expect(page.locator("#refreshing")).to_be_hidden()
        return page

    yield make
    for context in contexts:
        context.close()
    assert hub.complaints == []


def card(page: Page, model_id: str) -> Locator:
    return page.locator(f'li[data-id="{model_id}"].hp-entry')


def button(place: Page | Locator, name: str) -> Locator:
    return place.get_by_role("button", name=re.compile(f"^{name}"))


def titles(page: Page) -> list[str]:
    return page.locator(".hp-entry h2").all_text_contents()


def install(page: Page, model_id: str) -> None:
    button(card(page, model_id), "Install").click()
    expect(card(page, model_id).get_by_role("link", name="Open:")).to_be_visible(timeout=120_000)


def test_everything_is_there_with_what_is_installed_first(open_page: Open) -> None:
    page = open_page()
    expect(page.locator("#count")).to_have_text(f"{BUNDLED + HUB} models")
    expect(page.locator(".hp-entry")).to_have_count(BUNDLED + HUB)
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


def test_it_is_searched_while_typing_and_filtered_and_sorted(open_page: Open) -> None:
    page = open_page()
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
    expect(page.locator(".hp-eyebrow")).to_have_text([re.compile("^Analyzer")] * 8)
    page.get_by_role("radio", name="Not yet").check()
    expect(page.locator(".hp-entry")).to_have_count(4)
    page.get_by_label("Sample rate").select_option("16 kHz")
    expect(page.locator(".hp-entry")).to_have_count(3)
    page.get_by_label("Sort by").select_option("Name")
    expect(page.locator(".hp-entry h2").nth(0)).to_have_text("audacity-Wav2Vec2-Base")
    page.get_by_label("Sort by").select_option("Likes")
    expect(page.locator(".hp-entry h2").nth(0)).to_have_text("pitch-tracker")
    button(page, "Clear the filters").click()
    expect(page.locator(".hp-entry")).to_have_count(BUNDLED + HUB)
    page.get_by_label("Licence").select_option("cc-by-nc-4.0")
    expect(page.locator(".hp-entry")).to_have_count(1)


def test_a_model_is_installed_opened_played_with_and_removed(open_page: Open, hub: HubSite) -> None:
    page = open_page("/?words=slow")
    hub.slow_down(SLOW, 4.0)
    entry = card(page, SLOW)
    page.evaluate("""() => {
        window.said = [];
        new MutationObserver(() => window.said.push(document.querySelector("#live").textContent))
            .observe(document.querySelector("#live"), { childList: true });
    }""")
    button(entry, "Install").click()
    bar = entry.get_by_role("progressbar")
    expect(bar).to_have_attribute("aria-label", "Installing Slow stems")
    expect(entry.locator(".hp-numbers")).to_have_text(re.compile(r"^[\d.]+ of [\d.]+ kB · [\d.]+ kB/s · \d+ s left$"))
    expect(entry.get_by_role("link", name="Open: Slow stems")).to_be_visible(timeout=120_000)
    expect(entry.locator(".hp-badge")).to_have_text("Installed")
    said = page.evaluate("window.said")
    assert any(re.search(r"\d0 % is here", text) for text in said), said
    assert said[-1] == "Slow stems is installed."

    button(entry, "Copy HARP URL").click()
    expect(entry.locator(".hp-good")).to_have_text("Copied. Paste it into HARP.")
    assert page.evaluate("navigator.clipboard.readText()") == f"{hub.url}/models/{SLOW}"

    entry.get_by_role("link", name="Open:").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Slow stems")
    page.locator(".hp-drop input[type=file]").set_input_files(hub.tone)
    expect(page.locator(".hp-input-view figcaption")).to_contain_text("take.wav")
    page.get_by_role("button", name="Process").click()
    expect(page.locator(".hp-results")).to_contain_text("Drums", timeout=120_000)
    page.goto(f"{hub.url}/?words=slow")

    button(entry, "Remove").click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("Jobs that run it are ended")
    button(dialog, "Keep it").click()
    expect(entry.get_by_role("link", name="Open:")).to_be_visible()
    button(entry, "Remove").click()
    button(dialog, "Remove").click()
    expect(entry.locator(".hp-good")).to_have_text(re.compile(r"^Removed; \d+ kB are free again\.$"))
    expect(button(entry, "Install")).to_be_visible()
    expect(entry.get_by_role("link", name="Open:")).to_have_count(0)


def test_an_installation_is_cancelled(open_page: Open, hub: HubSite) -> None:
    page = open_page("/?words=slow")
    hub.slow_down(SLOW, 30.0)
    entry = card(page, SLOW)
    button(entry, "Install").click()
    button(entry, "Cancel").click()
    expect(button(entry, "Install")).to_be_visible()
    expect(page.locator("#live")).to_have_text("Slow stems: cancelled. What came so far is kept.")


def test_an_answer_from_before_the_order_does_not_hide_the_progress(open_page: Open) -> None:
    page = open_page("/?words=slow")
    held = []

    def hold_the_first(route: Route) -> None:
        if held:
            route.continue_()
        else:
            held.append((route, route.fetch()))

    page.route("**/manager/installs", hold_the_first)
    page.reload()
    entry = card(page, SLOW)
    button(entry, "Install").click()
    expect(button(entry, "Cancel")).to_be_visible()
    held[0][0].fulfill(response=held[0][1])
    expect(entry.get_by_role("link", name="Open:")).to_be_visible(timeout=120_000)


def test_an_update_says_what_changes_before_it_happens(open_page: Open, hub: HubSite) -> None:
    page = open_page("/?words=news")
    entry = card(page, UPDATED)
    install(page, UPDATED)
    button(entry, "Look for an update").click()
    expect(entry.locator(".hp-good")).to_have_text("This is the newest version.")
    changed = {**RECORD, "sample_rate": 16000, "name": "News", "short_description": "Is <b>different</b> now."}
    hub.hub.repositories[UPDATED].push({"metadata.json": json.dumps(changed)})
    button(entry, "Look for an update").click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("Sample rate")
    expect(dialog.locator("del").nth(0)).to_have_text("8000")
    expect(dialog.locator("ins").nth(0)).to_have_text("16000")
    expect(dialog).to_contain_text("Is <b>different</b> now.")
    button(dialog, "Not now").click()
    expect(entry).to_contain_text("Was different once.")
    button(entry, "Look for an update").click()
    button(dialog, "Update").click()
    expect(entry.locator(".hp-what")).to_have_text("Is <b>different</b> now.", timeout=120_000)
    expect(entry.locator(".hp-facts")).to_contain_text("16 kHz")


def test_what_fails_is_a_sentence_on_its_card(open_page: Open) -> None:
    page = open_page("/?words=broken")
    entry = card(page, BROKEN)
    button(entry, "Install").click()
    expect(entry.locator(".hp-problem")).to_have_text(re.compile(r"^model\.pt .+\.$"), timeout=120_000)
    expect(button(entry, "Try again")).to_be_visible()
    page.reload()
    expect(entry.locator(".hp-problem")).to_have_text(re.compile(r"^model\.pt .+\.$"))


def test_an_address_of_the_hub_is_pasted(open_page: Open, hub: HubSite) -> None:
    page = open_page("/?words=chords")
    field = page.get_by_label("A model’s id or address")
    button(page, "Install").click()
    expect(page.get_by_role("alert")).to_contain_text("Paste a model's id")
    field.fill("https://huggingface.co/oreillyp/ConvTas2/tree/main")
    field.press("Enter")
    tray = page.get_by_role("list", name="Being installed")
    expect(tray.get_by_text("oreillyp/ConvTas2")).to_be_visible()
    expect(tray.get_by_role("link", name="Open it")).to_have_attribute(
        "href", "/models/oreillyp/ConvTas2/", timeout=120_000
    )
    field.fill("no model, at all")
    field.press("Enter")
    expect(page.get_by_role("alert")).not_to_be_empty()
    assert all("status of" in text for text in hub.complaints), hub.complaints
    hub.complaints.clear()


def test_the_keyboard_is_enough(open_page: Open, hub: HubSite) -> None:
    page = open_page()
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


def test_who_may_not_install_is_told_why_and_may_with_the_token(open_page: Open) -> None:
    # As a proxy sends it: not from this machine.
    page = open_page("/?words=slow", extra_http_headers={"X-Forwarded-For": "192.0.2.7"})
    expect(page.locator("#locked")).to_contain_text("Models are installed by whoever runs this server")
    locked = button(card(page, SLOW), "Install")
    expect(locked).to_be_disabled()  # by aria-disabled: it can be reached, and says why
    expect(locked).to_have_attribute("aria-describedby", "locked")
    locked.click(force=True)
    token = page.get_by_label("Install token")
    expect(token).to_be_focused()
    token.fill("a guess")
    token.press("Enter")
    expect(page.locator("#locked")).to_contain_text("This token is not the one.")
    token.fill(TOKEN)
    token.press("Enter")
    expect(locked).to_be_enabled()
    expect(page.get_by_label("A model’s id or address")).to_be_focused()
    page.reload()
    expect(locked).to_be_enabled()
    button(page, "Forget the install token").click()
    expect(locked).to_be_disabled()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_it_fits_a_phone_and_can_be_read(open_page: Open, scheme: str) -> None:
    page = open_page(size=PHONE, scheme=scheme)
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


def test_text_from_a_hub_stays_text(open_page: Open) -> None:
    page = open_page()
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


def test_without_javascript_it_lists_the_endpoints_with_their_urls(open_page: Open, hub: HubSite) -> None:
    page = open_page(java_script_enabled=False)
    assert page.locator(".hp-entry").count() == BUNDLED
    expect(page.get_by_text(f"{hub.url}/models/harpist/chords")).to_be_visible()
    expect(page.get_by_role("searchbox")).to_be_hidden()
    expect(page.get_by_role("button")).to_have_count(0)
    expect(page.get_by_text("need JavaScript")).to_be_visible()


def test_hundreds_of_cards_are_all_there(open_page: Open) -> None:
    page = open_page()

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
