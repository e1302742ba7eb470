"""HTTP as HARP's library does it: one connection a request, bare headers, no patience with silence."""

from __future__ import annotations

import http.client
import re
import time
import uuid
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

ADDRESS = re.compile(r"https?://[^/?#]+(/[A-Za-z0-9._~!$&'()*+,;=:@/-]|/%[0-9A-Fa-f]{2})*.*")


class HarpError(Exception):
    """What the user of a client reads when a call fails."""


class Stream:
    """A response's body, read as it comes.

    ``silence`` (s) is how long it may take; on Linux the library measures it as fewer than 100 bytes a second.
    """

    def __init__(
        self, response: http.client.HTTPResponse, connection: http.client.HTTPConnection, silence: float | None
    ):
        self.response, self.connection, self.silence = response, connection, silence
        self.status = response.status

    def lines(self) -> Iterator[str]:
        """Yield each line without its end, as it arrives."""
        arrived: list[tuple[float, int]] = [(time.monotonic(), 0)]
        while True:
            try:
                line = self.response.readline()
            except TimeoutError as error:
                raise HarpError("timeout") from error
            if not line:
                return
            now = time.monotonic()
            arrived.append((now, len(line)))
            if self.silence is not None and now - arrived[0][0] > self.silence:
                recent = [(at, size) for at, size in arrived if at > now - self.silence]
                if sum(size for _, size in recent) < 100 * self.silence:
                    raise HarpError("timeout: fewer than 100 bytes a second")
            yield line.decode("utf-8").rstrip("\r\n")

    def text(self) -> str:
        """Return the whole body, and hang up."""
        try:
            return "".join(f"{line}\n" for line in self.lines())
        finally:
            self.close()

    def data(self) -> bytes:
        """Return the whole body as bytes, and hang up."""
        try:
            return self.response.read()
        finally:
            self.close()

    def close(self) -> None:
        """Go away, in the middle if need be."""
        self.response.close()
        self.connection.close()


def request(
    method: str,
    url: str,
    *,
    headers: dict[str, str] | None = None,
    body: bytes | None = None,
    silence: float | None = 10.0,
) -> Stream:
    """Send one request. Redirects are not followed."""
    assert ADDRESS.fullmatch(url) and url.isascii(), f"not an absolute, percent-encoded URL: {url}"
    parts = urlsplit(url)
    if parts.scheme == "https":
        # With the certificates of the system, as the variable SSL_CERT_FILE names them.
        connection = http.client.HTTPSConnection(parts.hostname or "", parts.port or 443, timeout=silence)
    else:
        connection = http.client.HTTPConnection(parts.hostname or "", parts.port or 80, timeout=silence)
    path = parts.path + (f"?{parts.query}" if parts.query else "")
    try:
        connection.putrequest(method, path, skip_accept_encoding=True)
        for name, value in (headers or {}).items():
            connection.putheader(name, value)
        if body is not None:
            connection.putheader("Content-Length", str(len(body)))
        connection.endheaders(body)
        return Stream(connection.getresponse(), connection, silence)
    except TimeoutError as error:
        connection.close()
        raise HarpError("timeout") from error


def child_url(base: str, *parts: str) -> str:
    """Add path segments to a URL: what comes after ``#`` goes, and slashes do not double."""
    address = base.partition("#")[0]
    return "/".join([address.rstrip("/"), *parts])


def form_of(path: Path, name: str) -> tuple[str, bytes]:
    """Return content type and body of an upload: a raw UTF-8 file name, and always the type ``audio/midi``."""
    boundary = uuid.uuid4().hex
    head = (
        f'--{boundary}\r\nContent-Disposition: form-data; name="files"; filename="{name}"\r\n'
        "Content-Type: audio/midi\r\nContent-Transfer-Encoding: binary\r\n\r\n"
    )
    body = head.encode() + path.read_bytes() + f"\r\n--{boundary}--\r\n".encode()
    return f"multipart/form-data; boundary={boundary}", body
