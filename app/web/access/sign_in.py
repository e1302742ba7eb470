"""What the page where one signs in sends, and where it leads."""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import parse_qsl

from starlette.datastructures import Headers
from starlette.types import Receive, Scope

from app.errors import RequestError, TooLargeError
from app.web.bodies import blocks

_LARGEST = 16 * 1024
_LONGEST_KEY = 512
_OWN = re.compile(r"/(?![/\\])[^\x00-\x20\x7f\\]*")


@dataclass(frozen=True)
class Form:
    """What was filled in.

    Attributes:
        key: the key.
        to: the path under this server's address that was asked for.
    """

    key: str
    to: str


async def read_form(scope: Scope, receive: Receive) -> Form:
    """Read what the page has sent.

    Raises:
        RequestError: it is no form.
        TooLargeError: it is larger than any.
    """
    kind = Headers(scope=scope).get("content-type", "").partition(";")[0].strip().lower()
    if kind != "application/x-www-form-urlencoded":
        raise RequestError("Expected is the form of the page /sign-in.")
    body = b""
    async for block in blocks(receive):
        body += block
        if len(body) > _LARGEST:
            raise TooLargeError("This is more than the page /sign-in sends.")
    filled = dict(parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True))
    return Form(filled.get("key", "").strip()[:_LONGEST_KEY], safe_next(filled.get("to", "")))


def safe_next(path: str) -> str:
    """Return a path under this server's address, ``/`` in place of one that could lead elsewhere.

    >>> safe_next("/models/a/b?x=1"), safe_next("//evil.example"), safe_next("https://evil.example")
    ('/models/a/b?x=1', '/', '/')
    """
    return path if _OWN.fullmatch(path) and len(path) <= 2000 else "/"
