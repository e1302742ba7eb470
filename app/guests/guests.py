"""Every guest of a server: started with it, listed among its endpoints, and ended with it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Iterable
from typing import Any

from starlette.types import Receive, Scope, Send

from app.config import Settings
from app.endpoint import EndpointSpec
from app.errors import HarpistError
from app.guests.forward import Forwarder
from app.guests.guest import Guest, GuestApp, parse_guest
from app.harp.card import ModelCard
from app.registry import Registry, local_id

_PATIENCE = 10.0
"""Seconds in which HARP expects a card."""


class Guests:
    """The Gradio apps that the settings name.

    Args:
        settings: the server's.
        registry: gets an entry for each that runs.
        say: takes each line that the operator should read.
    """

    def __init__(self, settings: Settings, registry: Registry, say: Callable[[str], None]) -> None:
        self._settings = settings
        self._registry = registry
        self._say = say
        self._forwarder = Forwarder()
        self._guests: dict[str, Guest] = {}

    async def start(self) -> None:
        """Start all of them at once; one that cannot be had costs a line."""
        apps: list[GuestApp] = []
        for text in self._settings.gradio_app:
            try:
                apps.append(parse_guest(text))
            except HarpistError as error:
                self._say(f"harpist: left out {text}: {error.message}")
        guests: list[Guest] = []
        for app in apps:
            endpoint_id = local_id((*self._registry.ids(), *(guest.id for guest in guests)), app.title)
            folder = self._settings.work / "guests" / endpoint_id.partition("/")[2]
            settings = self._settings
            guests.append(Guest(endpoint_id, app, folder, settings.max_upload, settings.load_timeout))
        specs = await asyncio.gather(*(self._start(guest) for guest in guests))
        for spec in specs:
            if spec is not None:
                self._registry.add(spec)

    def __contains__(self, endpoint_id: str) -> bool:
        return endpoint_id in self._guests

    async def answer(self, endpoint_id: str, rest: str, url: str, scope: Scope, receive: Receive, send: Send) -> None:
        """Let a guest answer a request.

        Args:
            endpoint_id: whose it is.
            rest: the path behind what leads to the guest.
            url: the guest's, as the caller reaches it, without a slash at its end.
            scope: the request's.
            receive: its body.
            send: takes the answer.

        Raises:
            HarpistError: the guest is not there.
        """
        raw = scope.get("raw_path") or scope["path"].encode()
        # As it was sent: a file's name may have slashes and blanks in it that must stay encoded.
        slashes = scope["path"].removesuffix(rest).count("/")
        path = b"/" + raw.split(b"?")[0].split(b"/", slashes)[-1]
        port = self._guests[endpoint_id].port()
        await self._forwarder.forward(port, path, url, scope, receive, send)

    async def close(self) -> None:
        """End all of them."""
        await asyncio.gather(*(guest.close() for guest in self._guests.values()))
        await self._forwarder.close()

    async def _start(self, guest: Guest) -> EndpointSpec | None:
        try:
            await guest.start()
        except HarpistError as error:
            self._say(f"harpist: left out {guest.app.path.name}: {error.message}")
            return None
        self._guests[guest.id] = guest
        self._say(
            f"harpist: {guest.id} is a program of its own, {guest.app.path.name}: it runs with your rights, "
            "outside the sandbox."
        )
        try:
            card = _card(guest.id, await asyncio.wait_for(_ask(guest.port()), _PATIENCE))
        except Exception:
            self._say(f"harpist: {guest.id} does not speak HARP: it is for the browser only.")
            card = ModelCard(guest.app.title, "local", "A Gradio app.")
        return EndpointSpec(guest.id, card, (), (), "")


async def _ask(port: int) -> Any:
    """Return what a guest answers to HARP's first call.

    Raises:
        Exception: it has none, or does not answer as HARP expects.
    """
    import httpx

    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", trust_env=False, timeout=_PATIENCE) as client:
        call = "/gradio_api/call/controls"
        known = (await client.get("/gradio_api/info")).raise_for_status().json()["named_endpoints"]
        if "/controls" not in known:
            raise ValueError("It has no such call.")
        event = (await client.post(call, json={"data": []})).raise_for_status().json()["event_id"]
        lines = (await client.get(f"{call}/{event}")).text.splitlines()
    kind, data = [line for line in lines if line][-2:]
    if kind != "event: complete":
        raise ValueError(data)
    return json.loads(data.removeprefix("data: "))[0]["card"]


def _card(endpoint_id: str, told: Any) -> ModelCard:
    name = _text(told.get("name"), 100) or endpoint_id
    tags = told.get("tags")
    texts: Iterable[str] = (_text(tag, 60) for tag in tags) if isinstance(tags, list) else ()
    about = _text(told.get("description"), 2000) or "A Gradio app."
    return ModelCard(name, _text(told.get("author"), 100) or "local", about, tuple(tag for tag in texts if tag))


def _text(value: object, longest: int) -> str:
    return " ".join(value.split())[:longest] if isinstance(value, str) else ""
