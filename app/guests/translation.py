"""A guest's event stream as every version of HARP reads it: with what older ones ask for, and heartbeats that hold."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from starlette.types import Send

from app.errors import HarpistError
from app.harp.heartbeat import HEARTBEAT
from app.harp.wire import error_answer, keeps_midi

if TYPE_CHECKING:
    import httpx

_KINDS = {
    "audio_track": "audio_in",
    "midi_track": "midi_in",
    "slider": "slider",
    "text_box": "text",
    "number_box": "number_box",
    "toggle": "toggle",
    "dropdown": "dropdown",
}
"""What HARP before 3.0 calls each type of input."""
_HEADERS = [
    (b"content-type", b"text/event-stream; charset=utf-8"),
    (b"cache-control", b"no-store"),
    (b"x-accel-buffering", b"no"),
]


def with_older_names(record: Any) -> Any:
    """Return a ``/controls`` answer with what HARP 1.4.1 to 2.2 read in it, beside what later ones read.

    >>> with_older_names({"card": {}, "inputs": [{"type": "audio_track"}], "outputs": []})["ctrls"]
    [{'ctrl_type': 'audio_in', 'type': 'audio_track'}]
    """
    if not _is_card(record):
        return record
    inputs, outputs = (_dicts(record.get(key)) for key in ("inputs", "outputs"))
    if not inputs and "ctrls" in record:
        return record
    listed = [{"ctrl_type": _KINDS[item["type"]], **item} if item.get("type") in _KINDS else item for item in inputs]
    midi = {
        "midi_in": any(item.get("type") == "midi_track" for item in inputs),
        "midi_out": keeps_midi(item.get("type") for item in outputs),
    }
    return {"ctrls": listed, **record, "card": {**midi, **record["card"]}, "inputs": listed}


def _dicts(value: Any) -> list[dict[str, Any]]:
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def _is_card(record: Any) -> bool:
    return isinstance(record, dict) and isinstance(record.get("card"), dict)


async def translate(response: httpx.Response, send: Send, failure: Callable[[], HarpistError | None]) -> None:
    """Pass a call's events on, with our heartbeats in place of Gradio's.

    Args:
        response: the guest's, whose status was sent and whose body was not read.
        send: takes the answer.
        failure: returns why the call has failed in spite of what the guest says, or ``None``.
    """
    import httpx

    await send({"type": "http.response.start", "status": response.status_code, "headers": _HEADERS})
    loop = asyncio.get_running_loop()
    beat = loop.time() + HEARTBEAT.interval
    blocks = response.aiter_bytes().__aiter__()
    waiting = b""
    coming = asyncio.ensure_future(_next(blocks))
    try:
        while True:
            await asyncio.wait({coming}, timeout=max(0.0, beat - loop.time()))
            if not coming.done():
                beat = loop.time() + HEARTBEAT.interval
                await send({"type": "http.response.body", "body": HEARTBEAT.text, "more_body": True})
                continue
            block = coming.result()
            if block is None:
                break
            coming = asyncio.ensure_future(_next(blocks))
            *events, waiting = (waiting + block).split(b"\n\n")
            body = b"".join(_event(event, failure) for event in events)
            await send({"type": "http.response.body", "body": body, "more_body": True})
    except httpx.TransportError:
        await send({"type": "http.response.body", "body": failed(failure()), "more_body": True})
    finally:
        coming.cancel()
    await send({"type": "http.response.body", "body": b"", "more_body": False})


def failed(error: HarpistError | None) -> bytes:
    """Return the event that ends a stream with a sentence."""
    message = error.message if error is not None else "The app ended in the middle of its answer; try again."
    return _written("error", error_answer(message))


def completed() -> bytes:
    """Return the event that ends a call without results."""
    return _written("complete", [])


def _written(kind: str, data: object) -> bytes:
    return f"event: {kind}\ndata: {json.dumps(data)}\n\n".encode()


async def _next(blocks: Any) -> bytes | None:
    try:
        block: bytes = await blocks.__anext__()
    except StopAsyncIteration:
        return None
    return block


def _event(event: bytes, failure: Callable[[], HarpistError | None]) -> bytes:
    """Return one event as HARP should see it; nothing for a heartbeat of Gradio's."""
    lines = event.decode(errors="replace").split("\n")
    kind = lines[0].removeprefix("event: ").strip()
    if kind == "heartbeat" or not event.strip():
        return b""
    error = failure() if kind in ("complete", "error") else None
    if error is not None:
        return failed(error)
    try:
        data = json.loads(lines[1].removeprefix("data: "))
    except (IndexError, ValueError):
        return event + b"\n\n"
    if kind == "error":
        told = data.get("error") if isinstance(data, dict) else data
        message = told if isinstance(told, str) and told.strip() else "The app failed without saying why."
        return _written("error", error_answer(message))
    if kind == "complete" and isinstance(data, list) and any(_is_card(item) for item in data):
        return _written("complete", [with_older_names(item) for item in data])
    return event + b"\n\n"
