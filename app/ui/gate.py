"""Which of Gradio's addresses a page answers at: those that it, ``gradio_client`` and ``@gradio/client`` use.

The others are for developers and for what our pages do not have: reloading, writing apps by AI, fetching from other
hosts, streams of media. What they do with a request that nobody expects is nobody's concern here.
"""

from __future__ import annotations

import re
from collections.abc import MutableMapping
from typing import Any
from urllib.parse import parse_qsl, urlencode

from starlette.responses import JSONResponse

from app.errors import NotFoundError
from app.ui.presence import App, Receive, Scope, Send

_READ = re.compile(
    r"|config/?|theme\.css|robots\.txt|favicon\.ico|manifest\.json|pwa_icon(/\d{1,4})?|(static|assets|svelte|archive)/.+"
    r"|gradio_api/(info/?|openapi\.json|user/?|token/?|login_check/?|app_id/?|startup-events|theme\.css"
    r"|heartbeat/[^/]+|queue/data|queue/status|upload_progress|call/v2/[^/]+/[^/]+|file[=/].+)"
)
_CALL = re.compile(r"gradio_api/((run|api|call/v2)/[^/]+/?|queue/join|cancel|reset/?|upload)")
_LONGEST_NAME = 255
"""Bytes of one part of a path: what a file may be called."""


class Gate:
    """ASGI wrapper that lets only requests through that a page is made for, and answers for what Gradio lets fall.

    Args:
        app: the page.
    """

    def __init__(self, app: App) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request.

        Raises:
            NotFoundError: a page has no such address.
            Exception: Gradio failed; nothing was sent then.
        """
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        allowed = _methods(scope["path"].removeprefix(scope.get("root_path", "")).lstrip("/"))
        if scope["method"] not in allowed:
            answer = JSONResponse({"error": f"This address takes {allowed[0]}."}, 405, {"Allow": ", ".join(allowed)})
            await answer(scope, receive, send)
            return
        await _answered(self._app, {**scope, "query_string": _query(scope)}, receive, send)


def _query(scope: Scope) -> bytes:
    """Return a request's query without the name of a page of several: there is one, and Gradio fails on another."""
    query: bytes = scope.get("query_string", b"")
    if b"=" not in query:
        return query
    items = parse_qsl(query.decode("latin-1"), keep_blank_values=True)
    kept = [(name, value) for name, value in items if name != "page"]
    return query if len(kept) == len(items) else urlencode(kept).encode()


def _methods(path: str) -> tuple[str, ...]:
    parts = path.split("/")
    if path.isprintable() and all(len(part.encode(errors="replace")) <= _LONGEST_NAME for part in parts):
        if _READ.fullmatch(path):
            return ("GET", "HEAD", "OPTIONS")
        if _CALL.fullmatch(path):
            return ("POST", "OPTIONS")
    raise NotFoundError("A model's page has no such address.")


async def _answered(app: App, scope: Scope, receive: Receive, send: Send) -> None:
    """Let Gradio answer; where it fails, its error comes out before a word is sent, or its stream ends as it should."""
    held: MutableMapping[str, Any] | None = None
    started = False

    async def watched(message: MutableMapping[str, Any]) -> None:
        nonlocal held, started
        if message["type"] == "http.response.start" and message["status"] == 500 and _is_plain(message):
            held = message  # the words that stand for an exception, which follows
            return
        if held is not None:
            if message["type"] == "http.response.body" and message.get("body") == b"Internal Server Error":
                return
            await send(held)
            held = None
        started = True
        await send(message)

    try:
        await app(scope, receive, watched)
    except RuntimeError as error:
        # A stream of a session that is not there: told in the stream already.
        if not (started and "response already started" in str(error)):
            raise
        await send({"type": "http.response.body", "body": b"", "more_body": False})


def _is_plain(message: MutableMapping[str, Any]) -> bool:
    return any(
        name.lower() == b"content-type" and value.startswith(b"text/plain") for name, value in message["headers"]
    )
