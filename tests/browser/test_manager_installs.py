"""Installing, updating and removing on the manager page, in a real Chromium and with a hub behind the server."""

from __future__ import annotations

import json
import re
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

import httpx
import pytest
from playwright.sync_api import Route, expect

from tests.browser.hub_site import BROKEN, SLOW, TOKEN, UPDATED, HubSite, Open, button, card
from tests.hub_server.small import RECORD


def test_a_model_is_installed_opened_played_with_and_removed(open_manager: Open, hub_site: HubSite) -> None:
    page = open_manager("/?words=slow")
    hub_site.slow_down(SLOW, 4.0)
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
    assert page.evaluate("navigator.clipboard.readText()") == f"{hub_site.url}/models/{SLOW}"

    entry.get_by_role("link", name="Open:").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Slow stems")
    page.locator(".hp-drop input[type=file]").set_input_files(hub_site.tone)
    expect(page.locator(".hp-input-view figcaption")).to_contain_text("take.wav")
    page.get_by_role("button", name="Process").click()
    expect(page.locator(".hp-results")).to_contain_text("Drums", timeout=120_000)
    page.goto(f"{hub_site.url}/?words=slow")

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


def test_an_installation_is_cancelled(open_manager: Open, hub_site: HubSite) -> None:
    page = open_manager("/?words=slow")
    hub_site.slow_down(SLOW, 30.0)
    entry = card(page, SLOW)
    button(entry, "Install").click()
    button(entry, "Cancel").click()
    expect(button(entry, "Install")).to_be_visible()
    expect(page.locator("#live")).to_have_text("Slow stems: cancelled. What came so far is kept.")


@pytest.mark.slow
def test_an_answer_from_before_the_order_does_not_hide_the_progress(open_manager: Open) -> None:
    page = open_manager("/?words=slow")
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


@pytest.mark.slow
def test_what_another_visitor_does_shows_without_a_reload(open_manager: Open, hub_site: HubSite) -> None:
    entry = card(open_manager("/?words=slow"), SLOW)
    hub_site.slow_down(SLOW, 0.1)
    httpx.post(f"{hub_site.url}/manager/install", json={"model": SLOW})
    expect(entry.get_by_role("link", name="Open:")).to_be_visible(timeout=120_000)
    httpx.post(f"{hub_site.url}/manager/remove", json={"id": SLOW}, timeout=30)
    expect(button(entry, "Install")).to_be_visible()


@pytest.mark.slow
def test_an_update_says_what_changes_before_it_happens(open_manager: Open, hub_site: HubSite) -> None:
    page = open_manager("/?words=news")
    entry = card(page, UPDATED)
    button(entry, "Install").click()
    expect(entry.get_by_role("link", name="Open:")).to_be_visible(timeout=120_000)
    button(entry, "Look for an update").click()
    expect(entry.locator(".hp-good")).to_have_text("This is the newest version.")
    changed = {**RECORD, "sample_rate": 16000, "name": "News", "short_description": "Is <b>different</b> now."}
    hub_site.hub.repositories[UPDATED].push({"metadata.json": json.dumps(changed)})
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


def test_what_fails_is_a_sentence_on_its_card(open_manager: Open) -> None:
    page = open_manager("/?words=broken")
    entry = card(page, BROKEN)
    button(entry, "Install").click()
    expect(entry.locator(".hp-problem")).to_have_text(re.compile(r"^model\.pt .+\.$"), timeout=120_000)
    expect(button(entry, "Try again")).to_be_visible()
    page.reload()
    expect(entry.locator(".hp-problem")).to_have_text(re.compile(r"^model\.pt .+\.$"))


@pytest.mark.slow
def test_an_address_of_the_hub_is_pasted(open_manager: Open, hub_site: HubSite) -> None:
    page = open_manager("/?words=chords")
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
    assert all("status of" in text for text in hub_site.complaints), hub_site.complaints
    hub_site.complaints.clear()


def test_who_may_not_install_is_told_why_and_may_with_the_token(open_manager: Open) -> None:
    # As a proxy sends it: not from this machine.
    page = open_manager("/?words=slow", extra_http_headers={"X-Forwarded-For": "192.0.2.7"})
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


def test_inside_another_sites_page_nothing_can_be_installed(open_manager: Open, hub_site: HubSite) -> None:
    class Stranger(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.end_headers()
            self.wfile.write(f'<link rel="icon" href="data:,"><iframe src="{hub_site.url}/?words=slow">'.encode())

        def log_message(self, *args: object) -> None:
            """Keep the tests' output quiet."""

    page = open_manager()
    with HTTPServer(("127.0.0.1", 0), Stranger) as stranger:
        threading.Thread(target=stranger.handle_request, daemon=True).start()
        address = f"http://127.0.0.1:{stranger.server_port}/"
        page.goto(address)
        frame = page.frame_locator("iframe")
        # The browser shows none of this server's pages there.
        expect(frame.get_by_role("button", name="Install: Slow stems")).to_have_count(0)
    assert any("frame" in text.lower() for text in hub_site.complaints), "the browser has refused the frame"
    hub_site.complaints[:] = [text for text in hub_site.complaints if text != address and "frame" not in text.lower()]
