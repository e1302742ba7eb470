"""HARP's calls against a running server, in their shortest form."""

from __future__ import annotations

import json
from pathlib import Path

import httpx

WAIT = 120


def upload(base: str, path: Path) -> object:
    """Send a file; HARP calls every one of them MIDI."""
    files = {"files": (path.name, path.read_bytes(), "audio/midi")}
    answer = httpx.post(f"{base}/gradio_api/upload", files=files, timeout=WAIT)
    answer.raise_for_status()
    return {"path": answer.json()[0], "meta": {"_type": "gradio.FileData"}}


def begin(base: str, name: str, data: list[object], client: str = "") -> str:
    """Make a call, as HARP 4's model tab ``client`` if there is one; returns the URL at which its answer is fetched."""
    url = f"{base}/gradio_api/call/{name}"
    headers = {"x-harp-client": client} if client else {}
    return f"{url}/{httpx.post(url, json={'data': data}, headers=headers, timeout=WAIT).json()['event_id']}"


def fetch(event: str) -> tuple[str, object]:
    """Return the last event of a call, and its data."""
    kind, data = [line for line in httpx.get(event, timeout=WAIT).text.splitlines() if line][-2:]
    return kind.removeprefix("event: "), json.loads(data.removeprefix("data: "))


def call(base: str, name: str, data: list[object], client: str = "") -> tuple[str, object]:
    return fetch(begin(base, name, data, client))
