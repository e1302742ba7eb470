"""What callers send to guests: a cancel that comes while they still send it ends the call that is not made yet."""

from __future__ import annotations

import json
import secrets
from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING

from starlette.types import Message, Receive, Send

from app.errors import HarpistError, JobCancelledError
from app.guests.translation import completed, failed
from app.jobs.early_cancels import EarlyCancels
from app.jobs.job import Caller

if TYPE_CHECKING:
    import httpx

_LARGEST_CALL = 1024 * 1024
_MOST = 1000


class GuestUploads:
    """Knows which uploads were cancelled, and what is answered in the guest's place."""

    def __init__(self) -> None:
        self._early = EarlyCancels()
        self._answers: dict[str, bytes] = {}
        self.uploading = self._early.uploading

    def find(self, event: str) -> bytes | None:
        """Return the event stream of a call that no guest has seen."""
        return self._answers.get(event)

    def cancel(self, caller: Caller, endpoint_id: str, *, runs: bool) -> str:
        """Note a cancel; returns the event that answers it where nothing else may be done, else ``""``.

        Args:
            caller: who cancels.
            endpoint_id: on which guest.
            runs: whether a call of this caller runs there.
        """
        if not runs:
            self._early.cancel(caller, endpoint_id)
        elif not caller.client and self._early.sending(caller, endpoint_id):
            return self._answered(completed())  # one window computes and another one sends: nothing tells which
        return ""

    def check(self, caller: Caller, endpoint_id: str, body: bytes) -> str:
        """Return the event that refuses a process call whose files were cancelled, ``""``: it may go on.

        Args:
            caller: who calls.
            endpoint_id: which guest.
            body: the call's.
        """
        try:
            self._early.check(caller, endpoint_id, _paths(json.loads(body)))
        except JobCancelledError as error:
            return self.refuse(error)
        except (ValueError, RecursionError):
            pass  # the guest says what is wrong with it
        return ""

    def refuse(self, error: HarpistError) -> str:
        """Return the event that tells why a call is not made."""
        return self._answered(failed(error))

    def _answered(self, stream: bytes) -> str:
        event = secrets.token_urlsafe(24)
        if len(self._answers) >= _MOST:
            del self._answers[next(iter(self._answers))]
        self._answers[event] = stream
        return event


class Replayed:
    """A request's messages, of which the first ones were read already, as ASGI's ``receive``."""

    def __init__(self, receive: Receive) -> None:
        self._receive = receive
        self._read: list[Message] = []

    async def body(self) -> bytes:
        """Return the body, or its beginning where it is longer than a call can be."""
        body = b""
        while len(body) <= _LARGEST_CALL:
            self._read.append(message := await self._receive())
            body += message.get("body", b"")
            if message["type"] == "http.disconnect" or not message.get("more_body"):
                break
        return body

    async def __call__(self) -> Message:
        """Return the next message."""
        return self._read.pop(0) if self._read else await self._receive()


async def sent(response: httpx.Response, send: Send, note: Callable[[Iterable[str]], None]) -> None:
    """Pass on what an upload was answered, and note the names of its files."""
    body = await response.aread()
    try:
        told = json.loads(body)
    except ValueError:
        told = None
    if isinstance(told, list):
        note(item for item in told if isinstance(item, str))
    await pass_on(response, body, send)


async def pass_on(response: httpx.Response, body: bytes, send: Send) -> None:
    """Send a guest's answer whose body was read."""
    kept = [item for item in response.headers.raw if item[0].lower() in (b"content-type", b"cache-control")]
    headers = [*kept, (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": response.status_code, "headers": headers})
    await send({"type": "http.response.body", "body": body})


def _paths(call: object) -> Iterator[str]:
    """Yield the files that a call names: objects with a path, at any depth."""
    values = [call]
    while values:
        value = values.pop()
        if isinstance(value, list):
            values.extend(value)
        elif isinstance(value, dict):
            values.extend(value.values())
            if isinstance(value.get("path"), str):
                yield value["path"]
