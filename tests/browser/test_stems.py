"""Stems in a real Chromium: installed from the gallery, a song taken apart, and its tracks mixed."""

from __future__ import annotations

import re
import socket
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.hub_site import LAPTOP, PHONE, HubSite, button, card
from tests.browser.test_endpoint_page import no_sideways_scroll
from tests.endpoints.stems import tiny
from tests.fixtures.stems import stock, write_stated
from tests.hub_server.faults import Slow
from tests.hub_server.server import HubServer, serve_hub
from tests.server.harp import call, upload
from tests.server.manager import progress, wait_for
from tests.server.running import run_server
from tests.ui.page_site import write_tone

tiny.needs_demucs()

STEMS = "harpist/stems"
NON_COMMERCIAL = "cc-by-nc-4.0"
Serve = Callable[..., Any]


@pytest.fixture
def hub() -> Iterator[HubServer]:
    with serve_hub() as server:
        yield server


@pytest.fixture
def serve(tmp_path: Path, hub: HubServer) -> Serve:
    """Starts the server, always at the same address."""
    write_stated(tmp_path / "stated.json", stock(hub, tmp_path, NON_COMMERCIAL))
    fixed = {"HF_ENDPOINT": hub.url, "HF_HOME": str(tmp_path / "hf"), "TEST_STATED": str(tmp_path / "stated.json")}
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = str(free.getsockname()[1])

    def start(**environment: str) -> Any:
        home = tmp_path / "home"
        return run_server(home, "--port", port, module="tests.server.stems", **{**fixed, **environment})

    return start


def watched(browser: Browser, site: HubSite) -> Page:
    page = site.context(browser, LAPTOP, "light").new_page()
    site.watch(page)
    return page


def install(page: Page) -> None:
    """Press Install on the card, and accept the licence."""
    button(card(page, STEMS), "Install").click()
    expect(page.get_by_role("dialog")).to_contain_text(f"adefossez/HTDemucs ({NON_COMMERCIAL})")
    button(page.get_by_role("dialog"), "I accept").click()


def take_apart(page: Page, site: HubSite) -> None:
    """Open the endpoint's page, and process the song there."""
    page.goto(f"{site.url}/models/{STEMS}/", timeout=120_000)
    page.locator(".hp-drop input[type=file]").set_input_files(site.tone)
    expect(page.locator(".hp-input-view figcaption")).to_contain_text("song.wav")
    page.get_by_role("button", name="Process").click()
    expect(page.locator(".hp-mixer [data-player]")).to_have_count(2, timeout=120_000)
    expect(page.locator(".hp-mixer figcaption strong")).to_have_text(["Vocals", "Rest"])


def mix(page: Page) -> None:
    """Play both, and mute one."""
    page.get_by_role("button", name="Play all together").click()
    page.wait_for_function("Number(document.querySelector('[data-mix-seek]').value) > 0.2")
    page.get_by_role("button", name="Mute Vocals").click()
    expect(page.locator(".hp-mixer [data-player]").first).to_have_class(re.compile("hp-unheard"))


@pytest.mark.slow
def test_from_the_gallery_to_the_mixer(browser: Browser, serve: Serve, hub: HubServer, tmp_path: Path) -> None:
    with serve() as running:
        site = HubSite(running.url, hub, write_tone(tmp_path / "song.wav", seconds=2.0))
        page = watched(browser, site)
        page.goto(f"{site.url}/?words=stems")
        expect(card(page, STEMS).locator(".hp-badge")).to_have_text(re.compile(r"^Built in · needs [\d.]+ [kM]B$"))
        install(page)
        expect(card(page, STEMS).get_by_role("link", name="Open").first).to_be_visible(timeout=120_000)
        take_apart(page, site)
        mix(page)
        page.context.close()
    assert site.complaints == []


@pytest.mark.slow
def test_the_whole_way_over_a_kill_offline_and_away(
    browser: Browser, serve: Serve, hub: HubServer, tmp_path: Path
) -> None:
    hub.faults = [Slow("/cdn/*", seconds=0.2, block=16_000)]
    with serve() as running:
        site = HubSite(running.url, hub, write_tone(tmp_path / "song.wav", seconds=8.0))
        page = watched(browser, site)
        page.goto(f"{site.url}/?words=stems")
        entry, dialog = card(page, STEMS), page.get_by_role("dialog")
        expect(entry.locator(".hp-warnings")).to_contain_text("non-commercial use only")
        install(page)
        numbers = re.compile(r"^[\d.]+ (kB )?of [\d.]+ [kM]B · [\d.]+ [kM]B/s · .+ left$")
        expect(entry.locator(".hp-numbers")).to_have_text(numbers)
        wait_for(lambda: progress(site.url, STEMS)["done"] > 300_000)
        running.process.kill()
        running.process.wait()
        expect(page.locator("#notice")).to_have_text("The server does not answer just now.")
    hub.faults = []
    hub.requests.clear()
    with serve():
        # The page that stood open all the time finds the server again.
        expect(button(entry, "Install")).to_be_visible()
        expect(page.locator("#notice")).to_be_hidden()
        assert site.complaints and all("ERR_" in text for text in site.complaints), site.complaints
        site.complaints.clear()
        page.evaluate("""() => {
            window.said = [];
            new MutationObserver(() => window.said.push(document.querySelector("#live").textContent))
                .observe(document.querySelector("#live"), { childList: true });
        }""")
        button(entry, "Install").click()
        expect(entry.get_by_role("link", name="Open:")).to_be_visible(timeout=120_000)
        expect(dialog).to_have_count(0)  # whoever accepted once is not asked again
        said = page.evaluate("window.said")
        assert "Stems is being tried out." in said and said[-1] == "Stems is installed.", said
        assert any(request.headers.get("range") for request in hub.requests), "it went on where it was"
        expect(entry.locator(".hp-facts")).to_contain_text(NON_COMMERCIAL)

        take_apart(page, site)
        mix(page)
        for name, (width, height) in {"laptop": (1280, 800), "phone": PHONE}.items():
            page.set_viewport_size({"width": width, "height": height})
            assert no_sideways_scroll(page)
            page.screenshot(path=tmp_path / f"{name}.png", full_page=True)
        page.set_viewport_size({"width": LAPTOP[0], "height": LAPTOP[1]})
        kind, data = call(f"{site.url}/models/{STEMS}", "process", as_harp(site))
        assert kind == "complete" and [item["url"].rpartition("-")[2] for item in data] == ["Vocals.wav", "Rest.wav"]
        page.goto("about:blank")
    hub.requests.clear()
    with serve(HF_HUB_OFFLINE="1"):
        take_apart(page, site)
        page.goto(f"{site.url}/?words=stems")
        button(entry, "Remove").click()
        button(dialog, "Remove").click()
        expect(entry.locator(".hp-good")).to_have_text(re.compile(r"^Removed; [\d.]+ [kM]B are free again\.$"))
        expect(button(entry, "Install")).to_be_visible()
        page.context.close()
    assert not hub.requests and not list((tmp_path / "home").rglob("*.safetensors"))
    assert site.complaints == []


def as_harp(site: HubSite) -> list[Any]:
    """What HARP sends: the song, and the controls as they stand at first."""
    base = f"{site.url}/models/{STEMS}"
    kind, data = call(base, "controls", [])
    assert kind == "complete"
    return [upload(base, site.tone), *(item["value"] for item in data[0]["inputs"][1:])]
