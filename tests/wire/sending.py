"""An upload of a client that stays on its way until the test lets it arrive."""

from __future__ import annotations

import json
import socket
from pathlib import Path
from urllib.parse import urlsplit

from tests.wire.clients import HarpClient
from tests.wire.transport import form_of


class Sending:
    """An upload of a client that has sent its first half."""

    def __init__(self, client: HarpClient, sound: Path) -> None:
        kind, body = form_of(sound, sound.name)
        url = urlsplit(client._url("upload"))
        headers = {"Host": url.netloc, **client._headers(), "Content-Type": kind, "Content-Length": str(len(body))}
        head = f"POST {url.path} HTTP/1.1\r\n" + "".join(f"{name}: {value}\r\n" for name, value in headers.items())
        self.raw = socket.create_connection((url.hostname, url.port), timeout=10)
        self.raw.sendall(head.encode() + b"\r\n" + body[: len(body) // 2])
        self.rest = body[len(body) // 2 :]

    def finish(self) -> str:
        """Send the second half; returns the server's name of the file."""
        self.raw.sendall(self.rest)
        answer = b""
        with self.raw:
            while b'"]' not in answer:
                answer += self.raw.recv(65536)
        return json.loads(answer.partition(b"\r\n\r\n")[2])[0]


def process(client: HarpClient, uploaded: str) -> int:
    """Run a job over a file that was sent; returns the number of stems."""
    values = [client._file(uploaded) if w.kind.startswith("audio") else w.value for w in client.widgets]
    return len(client.finish(client._post("process", json.dumps({"data": values}))).files)
