"""Which sessions are still there: those that hold one of Gradio's event streams open."""

from __future__ import annotations

import re
import time
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any
from urllib.parse import parse_qs

from app.ui.session_jobs import client_of

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

_HEARTBEAT = re.compile(r"/gradio_api/heartbeat/([^/]+)$")


class Presence:
    """ASGI wrapper that counts each session's open streams: its heartbeat, and the one that brings its results.

    Gradio tells when a heartbeat ends. It does not tell of a client that died before it had opened one.
    """

    def __init__(self, app: App) -> None:
        self._app = app
        self._open: dict[str, int] = {}
        self._left: dict[str, float] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        session = _session(scope)
        if not session:
            await self._app(scope, receive, send)
            return
        self._open[session] = self._open.get(session, 0) + 1
        try:
            await self._app(scope, receive, send)
        finally:
            self._open[session] -= 1
            if not self._open[session]:
                del self._open[session]

    def absent(self, clients: set[str], grace: float) -> set[str]:
        """Return which client values (see :func:`client_of`) had no open stream for ``grace`` seconds.

        Absence counts from the first call that sees it.
        """
        now = time.monotonic()
        here = {client_of(session) for session in self._open}
        self._left = {client: self._left.get(client, now) for client in clients - here}
        return {client for client, since in self._left.items() if now - since >= grace}


def _session(scope: Scope) -> str:
    """Return the session whose stream a request opens, or an empty text."""
    if scope["type"] != "http" or scope["method"] != "GET":
        return ""
    path: str = scope["path"]
    found = _HEARTBEAT.search(path)
    if found:
        return str(found[1])
    if path.endswith("/gradio_api/queue/data"):
        query: str = scope.get("query_string", b"").decode("latin-1")
        return parse_qs(query).get("session_hash", [""])[0]
    return ""
