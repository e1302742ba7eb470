"""The HTML around an endpoint's page: our head in place of Gradio's, so that no other host is named in it."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, MutableMapping
from html import escape
from typing import Any

from app.ui.look import FAVICON, static_text

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

# Social cards with Gradio's pictures and links, and a manifest at the host's root, which is not this page's.
_FOREIGN = re.compile(r'<meta\s+(?:property|name)="(?:og|twitter):[^<>]*>|<link rel="manifest"[^<>]*>', re.DOTALL)
_SCRIPTS = ("sound_file.js", "decode.js", "upload.js", "recorder.js", "roll.js", "page.js", "mixer.js", "audacity.js")
_BODY = re.compile(r"<body[^<>]*>")
_NOTICE = "harpist.notice"
"""See :data:`app.web.pages.NOTICE`."""
_BASE = re.compile(r"<base [^<>]*>")


def rewrite(html: str, title: str, base_path: str, notice: str = "") -> str:
    """Return Gradio's index page with our head: title, icon, style, script and a base that needs no final slash.

    What its visitor has to know of the sound that is sent, the ``notice``, stands above everything.
    """
    html = _FOREIGN.sub("", html)
    html = _BASE.sub(lambda _: f'<base href="{escape(base_path, quote=True)}/" />', html, count=1)
    head = (
        f'<title>{escape(title)}</title><link rel="icon" href="{FAVICON}">'
        '<meta name="color-scheme" content="light dark"><meta name="referrer" content="same-origin">'
        f"<style>{static_text('look.css')}{static_text('page.css')}</style>"
        f"<script>{''.join(map(static_text, _SCRIPTS))}</script>"
    )
    html = html.replace("</head>", head + "</head>", 1)
    told = f'<p class="hp-privacy" role="note">{escape(notice)}</p>' if notice else ""
    return _BODY.sub(lambda found: found[0] + told, html, count=1)


class Shell:
    """ASGI wrapper that rewrites the index page and passes everything else through."""

    def __init__(self, app: App, title: str, base_path: str) -> None:
        self._app = app
        self._title = title
        self._base_path = base_path

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http" or scope["method"] != "GET" or not self._is_index(scope):
            await self._app(scope, receive, send)
            return
        headers = [(name, value) for name, value in scope["headers"] if name != b"accept-encoding"]
        start: MutableMapping[str, Any] = {}
        body = b""

        async def hold(message: MutableMapping[str, Any]) -> None:
            nonlocal start, body
            if message["type"] == "http.response.start":
                start = message
                return
            body += message.get("body", b"")
            if message.get("more_body"):
                return
            kept = [(name, value) for name, value in start["headers"] if name.lower() != b"content-length"]
            if any(name.lower() == b"content-type" and value.startswith(b"text/html") for name, value in kept):
                notice = str(scope.get(_NOTICE, ""))
                body = rewrite(body.decode(), self._title, self._base_path, notice).encode()
            kept.append((b"content-length", str(len(body)).encode()))
            await send({**start, "headers": kept})
            await send({"type": "http.response.body", "body": body})

        await self._app({**scope, "headers": headers}, receive, hold)

    def _is_index(self, scope: Scope) -> bool:
        path: str = scope["path"]
        root: str = scope.get("root_path", "")
        return path.removeprefix(root).strip("/") == ""
