"""Server-sent events as HARP's clients of every version read them.

HARP 3 stops at the first line that contains ``complete`` or ``error`` and takes the line after it, HARP 1.4.1 and 2.0
read to the end and take what follows the first ``data: ``: so a stream holds one event, and nothing else with a text.
"""

from __future__ import annotations

import asyncio
import json
from typing import Any

from starlette.types import Receive, Send

from app.errors import HarpistError
from app.harp.heartbeat import Heartbeat
from app.harp.wire import error_answer

_HEADERS = [
    (b"content-type", b"text/event-stream; charset=utf-8"),
    (b"cache-control", b"no-store"),
    (b"x-accel-buffering", b"no"),
    (b"x-content-type-options", b"nosniff"),
]


def complete(data: object) -> bytes:
    """Return the event that ends a stream well; ``data`` is the list of the call's outputs."""
    return b"event: complete\ndata: " + _json(data) + b"\n\n"


def failed(error: HarpistError) -> bytes:
    """Return the event that ends a stream with the sentence of an error."""
    return b"event: error\ndata: " + _json(error_answer(error.message)) + b"\n\n"


def _json(data: object) -> bytes:
    return json.dumps(data, ensure_ascii=False, allow_nan=False, separators=(", ", ": ")).encode(errors="replace")


async def send_events(
    answer: asyncio.Future[bytes], receive: Receive, send: Send, *, heartbeat: Heartbeat, status: int = 200
) -> bool:
    """Stream one event, once it is there; returns whether it went out before the client went away.

    Args:
        answer: the event's bytes; never an exception.
        receive: the request's; it tells when the client goes.
        send: the request's.
        heartbeat: what goes out while the answer is not there.
        status: of the response.
    """
    await send({"type": "http.response.start", "status": status, "headers": _HEADERS})
    gone = asyncio.ensure_future(_disconnected(receive))
    waiting: set[asyncio.Future[Any]] = {answer, gone}
    try:
        while not answer.done():
            await asyncio.wait(waiting, timeout=heartbeat.interval, return_when=asyncio.FIRST_COMPLETED)
            if gone.done():
                return False
            if not answer.done():
                await send({"type": "http.response.body", "body": heartbeat.text, "more_body": True})
        if gone.done():
            return False
        await send({"type": "http.response.body", "body": answer.result(), "more_body": False})
        return True
    except OSError:
        return False
    finally:
        gone.cancel()
        await asyncio.wait({gone})


async def tell_failure(error: HarpistError, receive: Receive, send: Send, heartbeat: Heartbeat) -> None:
    """Say in a stream what went wrong: HARP reads it whatever its status."""
    answer: asyncio.Future[bytes] = asyncio.get_running_loop().create_future()
    answer.set_result(failed(error))
    await send_events(answer, receive, send, heartbeat=heartbeat, status=error.status)


async def _disconnected(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
