"""A server's first call, made by itself: a musician's does not wait for code that never ran."""

from __future__ import annotations

import asyncio
import json
from urllib.parse import quote

from starlette.types import ASGIApp, Message, Scope

_CLIENT = ("127.0.0.1", 0)


async def rehearse(app: ASGIApp, endpoint_id: str) -> bool:
    """Ask for an endpoint's card and controls as HARP does, without a connection.

    Args:
        app: the server's application, started.
        endpoint_id: one of its endpoints.

    Returns:
        Whether the card came: a server that asks for a key refuses, and learns its way all the same.
    """
    call = f"/models/{quote(endpoint_id)}/gradio_api/call/controls"
    given = await _asked(app, "POST", call, b'{"data": []}')
    try:
        event = json.loads(given)["event_id"]
    except (ValueError, TypeError, KeyError):
        return False
    return b"event: complete" in await _asked(app, "GET", f"{call}/{event}")


async def _asked(app: ASGIApp, method: str, path: str, body: bytes = b"") -> bytes:
    scope: Scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": method,
        "scheme": "http",
        "path": path,
        "raw_path": path.encode(),
        "query_string": b"",
        "root_path": "",
        "headers": [(b"host", b"localhost"), (b"content-type", b"application/json")],
        "client": _CLIENT,
        "server": _CLIENT,
    }
    answer = bytearray()
    coming = [{"type": "http.request", "body": body, "more_body": False}]

    async def receive() -> Message:
        if not coming:
            await asyncio.get_running_loop().create_future()  # whoever asks stays until the answer ends
        return coming.pop()

    async def send(message: Message) -> None:
        answer.extend(message.get("body", b""))

    await app(scope, receive, send)
    return bytes(answer)
