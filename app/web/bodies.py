"""Reading requests: a JSON call, the stream of an upload, and what to do with the rest of a refused one."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Mapping

from starlette.datastructures import Headers
from starlette.requests import ClientDisconnect
from starlette.responses import Response
from starlette.types import Message, Receive, Scope, Send

from app.errors import RequestError, TooLargeError
from app.harp.strict_json import read_json

_LARGEST_CALL = 1024 * 1024
_PATIENCE, _SILENCE = 30.0, 5.0
"""Seconds that the rest of a refused upload may take, and that it may stand still."""


class Incoming:
    """A request's messages, as ASGI's ``receive``.

    Attributes:
        ended: whether the body has come to its end, or its client has gone.
    """

    def __init__(self, receive: Receive) -> None:
        self._receive = receive
        self.ended = False

    async def __call__(self) -> Message:
        """Return the next message."""
        message = await self._receive()
        self.ended = message["type"] == "http.disconnect" or not message.get("more_body")
        return message


def noted(receive: Receive, came: Callable[[int], None]) -> Receive:
    """Return a request's messages, told to ``came`` by their bytes; what that raises ends them."""

    async def message() -> Message:
        found = await receive()
        came(len(found.get("body", b"")))
        return found

    return message


async def blocks(receive: Receive) -> AsyncIterator[bytes]:
    """Yield a request's body as it arrives.

    Raises:
        ClientDisconnect: the client went away before its end.
    """
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ClientDisconnect
        if message.get("body"):
            yield message["body"]
        if not message.get("more_body"):
            return


async def read_call(scope: Scope, receive: Receive) -> object:
    """Return the ``data`` of a call's body, ``{"data": [...]}``.

    A body that is not declared as JSON is refused: other sites' pages may send those without asking first.

    Raises:
        RequestError: it is no such body.
        TooLargeError: it is larger than a call can be.
    """
    if not _is_json(scope):
        raise RequestError('A call expects the content type application/json and a body such as {"data": []}.')
    body = await _read(receive, "A call takes at most 1 MiB; files are uploaded first and named by their path.")
    try:
        call = read_json(body)
    except ValueError:
        raise RequestError(
            'The body of a call is not JSON; expected is {"data": [one value per input, in order]}.'
        ) from None
    if not isinstance(call, dict) or "data" not in call:
        raise RequestError('A call expects {"data": [one value per input, in order]}.')
    return call["data"]


async def read_object(scope: Scope, receive: Receive) -> Mapping[str, object]:
    """Return a body that is a JSON object, declared as JSON as :func:`read_call` wants it.

    Raises:
        RequestError: it is no such body.
        TooLargeError: it is larger than 1 MiB.
    """
    if not _is_json(scope):
        raise RequestError("Expected is the content type application/json.")
    try:
        value = read_json(await _read(receive, "At most 1 MiB is taken."))
    except ValueError:
        raise RequestError("The body is not JSON; expected is an object.") from None
    if not isinstance(value, dict):
        raise RequestError("Expected is a JSON object.")
    return value


def _is_json(scope: Scope) -> bool:
    kind = Headers(scope=scope).get("content-type", "").partition(";")[0].strip().lower()
    return kind == "application/json"


async def _read(receive: Receive, too_large: str) -> bytes:
    body = b""
    async for block in blocks(receive):
        body += block
        if len(body) > _LARGEST_CALL:
            raise TooLargeError(too_large)
    return body


async def refuse_upload(response: Response, scope: Scope, receive: Incoming, send: Send) -> None:
    """Answer an upload that is still arriving: at once, then let the rest of it run out.

    A connection that is closed on a client that still sends costs most clients the answer.
    """
    if scope["method"] == "HEAD":
        await response(scope, receive, send)
        return
    headers = [*response.raw_headers, (b"connection", b"close")]
    await send({"type": "http.response.start", "status": response.status_code, "headers": headers})
    # The declared length is sent, but not the end: until then the server keeps reading.
    await send({"type": "http.response.body", "body": response.body, "more_body": True})
    until = asyncio.get_running_loop().time() + _PATIENCE
    with contextlib.suppress(asyncio.TimeoutError):
        while not receive.ended and asyncio.get_running_loop().time() < until:
            await asyncio.wait_for(receive(), _SILENCE)
    await send({"type": "http.response.body", "body": b"", "more_body": False})
