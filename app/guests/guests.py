"""Every guest of a server: started with it, listed among its endpoints, and ended with it."""

from __future__ import annotations

import asyncio
import contextlib
import functools
import json
import re
import secrets
from collections.abc import Awaitable, Callable, Iterable
from typing import TYPE_CHECKING, Any

from starlette.responses import JSONResponse, Response
from starlette.types import Receive, Scope, Send

from app.config import Settings
from app.endpoint import EndpointSpec
from app.endpoint_ids import local_id
from app.errors import BusyError, HarpistError, JobCancelledError, NotFoundError
from app.guests.calls import GuestCall
from app.guests.forward import Forwarder
from app.guests.guest import Guest, GuestApp, parse_guest
from app.guests.shares import GuestShares
from app.guests.translation import completed, translate
from app.guests.uploads import GuestUploads, Replayed, pass_on, sent
from app.harp.card import ModelCard
from app.jobs.job import Caller
from app.registry import Registry

if TYPE_CHECKING:
    import httpx

    Answer = Callable[[httpx.Response, Send], Awaitable[None]]

_CALL = re.compile(r"gradio_api/call/(?P<name>controls|process|cancel)(?:/(?P<event>[^/]+))?/?")
_READING, _LOOK, _STOPPING = 0.5, 0.1, 3.0
"""Seconds: for a cancel's answer to be read; between two looks at the computing; until the app itself is ended."""
_PATIENCE = 10.0
"""Seconds in which HARP expects a card."""


class Guests:
    """The Gradio apps that the settings name.

    Args:
        settings: the server's.
        registry: gets an entry for each that runs.
        say: takes each line that the operator should read.
        shares: counts what callers ask of them.
    """

    def __init__(self, settings: Settings, registry: Registry, say: Callable[[str], None], shares: GuestShares) -> None:
        self._settings = settings
        self._shares = shares
        self._registry = registry
        self._say = say
        self._forwarder = Forwarder()
        self._uploads = GuestUploads()
        self._guests: dict[str, Guest] = {}
        self._stopping: dict[str, asyncio.Task[None]] = {}

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

    async def answer(
        self, endpoint_id: str, rest: str, url: str, caller: Caller, scope: Scope, receive: Receive, send: Send
    ) -> None:
        """Let a guest answer a request.

        Args:
            endpoint_id: whose it is.
            rest: the path behind what leads to the guest.
            url: the guest's, as the caller reaches it, without a slash at its end.
            caller: who asks.
            scope: the request's.
            receive: its body.
            send: takes the answer.

        Raises:
            LimitError: the caller has had a fair share.
            HarpistError: the guest is not there.
        """
        raw = scope.get("raw_path") or scope["path"].encode()
        # As it was sent: a file's name may have slashes and blanks in it that must stay encoded.
        slashes = scope["path"].removesuffix(rest).count("/")
        path = b"/" + raw.split(b"?")[0].split(b"/", slashes)[-1]
        guest = self._guests[endpoint_id]
        # A page's uploads have an id, and its calls go another way.
        if rest == "gradio_api/upload" and b"upload_id=" not in scope.get("query_string", b""):
            with self._uploads.uploading(caller, guest.id) as upload:
                answer = functools.partial(sent, note=upload.sent)
                await self._forwarder.forward(guest.port(), path, url, scope, receive, send, answer)
            return
        call = _CALL.fullmatch(rest)
        if (refused := self._shares.refusal(guest.id, scope["method"], rest, caller)) is not None:
            if call is None:
                raise refused
            await Replayed(receive).body()
            await JSONResponse({"event_id": self._uploads.refuse(refused)})(scope, receive, send)
            return
        if call is None:
            await self._forwarder.forward(guest.port(), path, url, scope, receive, send)
            return
        open_call = guest.calls.find(call["event"]) if call["event"] else None
        if open_call is not None and open_call.caller.known != caller.known:
            raise NotFoundError("There is no such event; it was fetched already, or it has expired.")
        body = Replayed(receive)
        if await self._answered_here(guest, call, caller, scope, body, send):
            return
        reader = self._reader(guest, call, caller, scope["method"])
        await self._forwarder.forward(guest.port(), path, url, scope, body, send, reader)
        if call["event"]:
            guest.calls.end(call["event"])

    def _reader(self, guest: Guest, call: re.Match[str], caller: Caller, method: str) -> Answer | None:
        """Return what reads a guest's answer to one of HARP's calls on its way; ``None``: nothing has to."""
        if method == "GET" and call["event"]:
            open_call = guest.calls.find(call["event"])
            return functools.partial(translate, failure=lambda: None if open_call is None else open_call.over)
        if method == "POST" and call["name"] == "process" and not call["event"]:
            return functools.partial(_begun, note=lambda event: guest.calls.begin(event, caller))
        return None

    async def _answered_here(
        self, guest: Guest, call: re.Match[str], caller: Caller, scope: Scope, receive: Replayed, send: Send
    ) -> bool:
        """Answer what the guest need not see: a cancel that means a call of ours, a call that was cancelled before.

        Whether the app has a cancel of its own, and what that does, nobody knows: HARP believes any answer.

        Returns:
            Whether it was answered.
        """
        if scope["method"] == "GET" and call["event"]:
            stopping = call["name"] == "cancel" and call["event"] in self._stopping
            stream = completed() if stopping else self._uploads.find(call["event"])
            if stream is None:
                return False
            await Response(stream, media_type="text/event-stream")(scope, receive, send)
            return True
        if scope["method"] != "POST" or call["event"] or call["name"] == "controls":
            return False
        event = ""
        if call["name"] == "process":
            event = self._uploads.check(caller, guest.id, await receive.body())
        else:
            meant = guest.calls.meant(caller)
            event = self._uploads.cancel(caller, guest.id, runs=guest.calls.any(caller))
            if meant is not None and not event:
                event = secrets.token_urlsafe(24)
                self._stopping[event] = asyncio.create_task(self._stop(guest, meant))
                self._stopping[event].add_done_callback(lambda _: self._stopping.pop(event, None))
        if event:
            await JSONResponse({"event_id": event})(scope, receive, send)
        return bool(event)

    async def _stop(self, guest: Guest, call: GuestCall) -> None:
        """End a call for certain: as the app itself would, as Gradio would, or with the app's process.

        Its caller must have read the cancel's answer by then, since HARP 3 takes it for lost otherwise.
        """
        await asyncio.sleep(_READING)
        call.over = JobCancelledError("The job was cancelled.")
        try:
            port = guest.port()
        except BusyError:
            return  # with its process, it has ended
        await self._forwarder.ask(port, "/gradio_api/call/cancel", {"data": []})
        # From Gradio's queue, or its generator closed. With the function's true index Gradio would forget the task that
        # waits for a plain function, whose thread goes on: then nobody could say whether it still computes.
        order = {"session_hash": call.event, "event_id": call.event, "fn_index": -1}
        await self._forwarder.ask(port, "/gradio_api/cancel", order)
        until = asyncio.get_running_loop().time() + _STOPPING
        while await guest.computes(call.event):
            if asyncio.get_running_loop().time() > until:
                guest.calls.lost(call)
                self._say(f"harpist: {guest.id} is started anew, since it would not stop a job that was cancelled.")
                await guest.start_again()
                return
            await asyncio.sleep(_LOOK)

    async def close(self) -> None:
        """End all of them."""
        for task in (stopping := tuple(self._stopping.values())):
            task.cancel()
        await asyncio.gather(*stopping, return_exceptions=True)
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


async def _begun(response: httpx.Response, send: Send, note: Callable[[str], None]) -> None:
    """Pass on what a process call was answered, and note its event."""
    body = await response.aread()
    with contextlib.suppress(ValueError, KeyError, TypeError):  # a refusal
        note(str(json.loads(body)["event_id"]))
    await pass_on(response, body, send)


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
