"""A region's way through a server as a client sends it, from disk to disk in blocks of 1 MiB."""

from __future__ import annotations

import http.client
import json
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

_BLOCK = 1 << 20
_BOUNDARY = "harpist-benchmark-boundary"
_PATIENCE = 3600


def harp_job(url: str, sound: Path, controls: Sequence[object] = ()) -> int:
    """Do HARP's calls (upload, process, event stream, download of every file); return how many bytes came back.

    Gradio answers the same calls.

    Args:
        url: the endpoint's.
        sound: the region.
        controls: what is sent after the region.

    Raises:
        RuntimeError: the server answered with an error.
    """
    path = json.loads(_uploaded(f"{url}/gradio_api/upload", sound))[0]
    data = [{"path": path, "meta": {"_type": "gradio.FileData"}}, *controls]
    call = f"{url}/gradio_api/call/process"
    body = json.dumps({"data": data}).encode()
    event = json.loads(_request("POST", call, body, {"Content-Type": "application/json"}))["event_id"]
    outputs = _answer(f"{call}/{event}")
    return sum(_download(output["url"]) for output in outputs)


def controls(url: str) -> float:
    """Ask for an endpoint's card and controls as HARP does; return how long that takes (s)."""
    call = f"{url}/gradio_api/call/controls"
    begin = time.perf_counter()
    event = json.loads(_request("POST", call, b'{"data": []}', {"Content-Type": "application/json"}))["event_id"]
    _answer(f"{call}/{event}")
    return time.perf_counter() - begin


def plain_job(url: str, sound: Path) -> int:
    """Send a region in one request and take the result from its answer; return how many bytes came back."""
    response, connection = _upload(f"{url}/process", sound)
    try:
        return _kept(response)
    finally:
        connection.close()


def _uploaded(url: str, sound: Path) -> bytes:
    response, connection = _upload(url, sound)
    try:
        return _checked(response).read()
    finally:
        connection.close()


def _upload(url: str, sound: Path) -> tuple[http.client.HTTPResponse, http.client.HTTPConnection]:
    head = (
        f'--{_BOUNDARY}\r\nContent-Disposition: form-data; name="files"; filename="{sound.name}"\r\n'
        "Content-Type: audio/wav\r\n\r\n"
    ).encode()
    tail = f"\r\n--{_BOUNDARY}--\r\n".encode()
    connection, target = _connection(url)
    connection.putrequest("POST", target, skip_accept_encoding=True)
    connection.putheader("Content-Type", f"multipart/form-data; boundary={_BOUNDARY}")
    connection.putheader("Content-Length", str(len(head) + sound.stat().st_size + len(tail)))
    connection.endheaders(head)
    with sound.open("rb") as file:
        while block := file.read(_BLOCK):
            connection.send(block)
    connection.send(tail)
    return connection.getresponse(), connection


def _answer(url: str) -> list[dict[str, Any]]:
    connection, target = _connection(url)
    try:
        connection.request("GET", target)
        response = _checked(connection.getresponse())
        kind = ""
        for raw in response:
            name, _, value = raw.decode().rstrip("\r\n").partition(": ")
            kind = value if name == "event" else kind
            if name == "data" and kind in ("complete", "error"):
                if kind == "error":
                    raise RuntimeError(f"the job failed: {value}")
                answer: list[dict[str, Any]] = json.loads(value)
                return answer
        raise RuntimeError("the event stream ended without an answer")
    finally:
        connection.close()


def _download(url: str) -> int:
    connection, target = _connection(url)
    try:
        connection.request("GET", target)
        return _kept(connection.getresponse())
    finally:
        connection.close()


def _kept(response: http.client.HTTPResponse) -> int:
    """Write an answer to a file, as a client does, and return its size."""
    with tempfile.TemporaryFile() as file:
        while block := _checked(response).read(_BLOCK):
            file.write(block)
        return file.tell()


def _request(method: str, url: str, body: bytes, headers: dict[str, str]) -> bytes:
    connection, target = _connection(url)
    try:
        connection.request(method, target, body, headers)
        return _checked(connection.getresponse()).read()
    finally:
        connection.close()


def _checked(response: http.client.HTTPResponse) -> http.client.HTTPResponse:
    if response.status != 200:
        raise RuntimeError(f"the server answered {response.status}: {response.read(300)!r}")
    return response


def _connection(url: str) -> tuple[http.client.HTTPConnection, str]:
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=_PATIENCE)
    return connection, parts.path + (f"?{parts.query}" if parts.query else "")
