"""The whole server in a process of its own with a hub behind it, and a browser's pages on it that are watched."""

from __future__ import annotations

import contextlib
import json
import re
import shutil
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import httpx
from playwright.sync_api import Browser, BrowserContext, Locator, Page

from tests.hub_server.faults import Slow
from tests.hub_server.networks import add_known_models
from tests.hub_server.server import HubServer, serve_hub
from tests.hub_server.small import README, RECORD
from tests.server.running import run_server
from tests.ui.page_site import write_tone

Open = Callable[..., Page]
LAPTOP, PHONE = (1366, 768), (390, 844)
TOKEN = "let me install"
HOSTILE = "<img src=x onerror=window.hacked=1>"
SLOW, UPDATED, BROKEN, EVIL = "slow/stems", "news/stems", "broken/stems", "evil/stems"


def card(page: Page, model_id: str) -> Locator:
    return page.locator(f'li[data-id="{model_id}"].hp-entry')


def button(place: Page | Locator, name: str) -> Locator:
    return place.get_by_role("button", name=re.compile(f"^{name}"))


_GRADIO_S_OWN = ("Method not implemented.", "AbortError: signal is aborted without reason", "Connection errored out.")
"""What Gradio complains of by itself: its upload bar left out a method, a page was left while it still connected."""


@dataclass
class HubSite:
    """A server, its hub, and what its pages complained of."""

    url: str
    hub: HubServer
    tone: Path
    complaints: list[str] = field(default_factory=list)

    def start_over(self) -> None:
        """Bring the hub and the server to where they were at first: nothing installed, nothing wrong."""
        self.complaints.clear()
        self.hub.faults = []
        told = httpx.get(f"{self.url}/manager/installs", timeout=60).json()["installs"]
        models = httpx.get(f"{self.url}/manager/models", params={"installed": "yes"}, timeout=60).json()["models"]
        there = {entry["id"] for entry in models if entry["source"] == "hub"}
        for model_id in there | {install["id"] for install in told if install["state"] != "failed"}:
            httpx.post(f"{self.url}/manager/remove", json={"id": model_id}, timeout=60)

    def slow_down(self, model_id: str, seconds: float) -> None:
        """Let a model's example take so long to come."""
        sound = self.hub.repositories[model_id].head.files["example.wav"]
        block = sound.size // 20 + 1
        self.hub.faults = [Slow(f"/cdn/{model_id}/{sound.sha256}", seconds=seconds / 20, block=block)]

    def context(self, browser: Browser, size: tuple[int, int], scheme: str, **more: object) -> BrowserContext:
        return browser.new_context(
            viewport={"width": size[0], "height": size[1]},
            color_scheme=scheme,  # type: ignore[arg-type]
            permissions=["clipboard-read", "clipboard-write"],
            **more,  # type: ignore[arg-type]
        )

    def watch(self, page: Page) -> None:
        """Note whatever the page complains of, and every host but this one that it asks."""
        page.set_default_timeout(30_000)
        page.on("console", lambda said: self._note(said.text) if said.type in ("error", "warning") else None)
        page.on("pageerror", lambda error: self._note(str(error)))
        own = (self.url + "/", "data:", f"blob:{self.url}/")
        page.on("request", lambda asked: None if asked.url.startswith(own) else self._note(asked.url))

    def _note(self, text: str) -> None:
        if not text.startswith(_GRADIO_S_OWN):
            self.complaints.append(text)


def _fill(hub: HubServer, folder: Path, sound: Path) -> None:
    add_known_models(hub)
    works = hub.repositories["oreillyp/ConvTas2"].head.files["model.pt"].data
    files = {"model.pt": works, "README.md": README, "example.wav": sound.read_bytes()}
    for model_id, changes in {
        SLOW: {"name": "Slow stems", "short_description": "Comes slowly."},
        UPDATED: {"name": "News", "short_description": "Was different once."},
        BROKEN: {"name": "Broken"},
    }.items():
        hub.add(model_id, {**files, "metadata.json": json.dumps({**RECORD, "sample_rate": 8000, **changes})})
    hub.repositories[BROKEN].push({"model.pt": b"PK no model at all"})
    evil = {**RECORD, "name": HOSTILE, "short_description": f"<script>window.hacked=2</script>{HOSTILE}"}
    evil |= {"long_description": HOSTILE, "tags": [HOSTILE, "</ul>"], "labels": [HOSTILE], "domain_tags": [HOSTILE]}
    hub.add(EVIL, {**files, "metadata.json": json.dumps(evil)}).card["license"] = HOSTILE
    for number, model_id in enumerate((SLOW, UPDATED, BROKEN, EVIL)):
        hub.repositories[model_id].downloads = 5000 + number


@contextlib.contextmanager
def serve_hub_site(bundled_home: Path, folder: Path) -> Iterator[HubSite]:
    """Serve the bundled models, with a hub that has the known models and some that misbehave."""
    home = folder / "home"
    shutil.copytree(bundled_home / "bundled", home / "bundled")
    tone = write_tone(folder / "take.wav", seconds=1.0)
    with serve_hub() as hub:
        _fill(hub, folder, tone)
        environment = {
            "HF_ENDPOINT": hub.url,
            "HF_HOME": str(folder / "hf"),
            "HF_TOKEN": "",
            "HF_HUB_DISABLE_XET": "1",
            "HF_HUB_DISABLE_PROGRESS_BARS": "1",
        }
        with run_server(home, f"--install-token={TOKEN}", **environment) as running:
            # The first answer begins to ask the hub; the tests begin when all of it is known.
            while httpx.get(f"{running.url}/manager/models", timeout=60).json()["refreshing"]:
                time.sleep(0.05)
            yield HubSite(running.url, hub, tone)
