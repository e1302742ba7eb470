"""Which sessions are still there: those that hold a connection to this page open on which they wait for something."""

from __future__ import annotations

import re
import time
from collections.abc import Awaitable, Callable, Iterator, MutableMapping
from contextlib import contextmanager
from typing import Any
from urllib.parse import parse_qs

from app.ui.session_jobs import client_of
from app.ui.sessions import SessionOwners

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

_STREAM = re.compile(r"/gradio_api/(?:heartbeat|call/v2/[^/]+)/([^/]+)/?$")
"""A session's heartbeat; or what comes of a call without a session, for which Gradio takes the event's id."""


class OpenStreams:
    """Counts each session's open connections, and knows since when a session has had none."""

    def __init__(self) -> None:
        self._open: dict[str, int] = {}
        self._left: dict[str, float] = {}

    @contextmanager
    def here(self, session: str | None) -> Iterator[None]:
        """Count one connection of a session while it is open."""
        client = client_of(session)
        self._open[client] = self._open.get(client, 0) + 1
        try:
            yield
        finally:
            self._open[client] -= 1
            if not self._open[client]:
                del self._open[client]

    def absent(self, clients: set[str], grace: float) -> set[str]:
        """Return which client values (see :func:`client_of`) had no open connection for ``grace`` seconds.

        Absence counts from the first call that sees it, and anew once the client is no longer asked for.
        """
        now = time.monotonic()
        self._left = {client: self._left.get(client, now) for client in clients - self._open.keys()}
        return {client for client, since in self._left.items() if now - since >= grace}


class Presence:
    """ASGI wrapper that counts each session's streams: its heartbeat, and the one that brings its results.

    Gradio tells when a heartbeat ends. It does not tell of a client that died before it had opened one.
    """

    def __init__(self, app: App, streams: OpenStreams, owners: SessionOwners) -> None:
        self._app = app
        self._streams = streams
        self._owners = owners

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request.

        Raises:
            AccessError: it is about another person's session.
        """
        session = _session(scope)
        if not session:
            await self._app(scope, receive, send)
            return
        self._owners.check(session, scope)
        with self._streams.here(session):
            await self._app(scope, receive, send)

    def absent(self, clients: set[str], grace: float) -> set[str]:
        """Return which of these client values have had no stream for ``grace`` seconds."""
        return self._streams.absent(clients, grace)


def _session(scope: Scope) -> str:
    """Return the session whose stream a request opens, or an empty text."""
    if scope["type"] != "http" or scope["method"] != "GET":
        return ""
    path: str = scope["path"]
    found = _STREAM.search(path)
    if found:
        return str(found[1])
    if path.endswith("/gradio_api/queue/data"):
        query: str = scope.get("query_string", b"").decode("latin-1")
        return parse_qs(query).get("session_hash", [""])[0]
    return ""
