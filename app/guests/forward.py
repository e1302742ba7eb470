"""One request goes on to a guest, and its answer comes back, both as streams."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from starlette.types import Receive, Scope, Send

from app.errors import WorkerCrashError

if TYPE_CHECKING:
    import httpx

_HOP_BY_HOP = frozenset(
    (
        b"connection",
        b"keep-alive",
        b"proxy-authenticate",
        b"proxy-authorization",
        b"te",
        b"trailer",
        b"transfer-encoding",
        b"upgrade",
    )
)
"""Headers about one connection, not about what it carries (RFC 9110, 7.6.1)."""

_OURS = frozenset((b"host", b"x-forwarded-proto", b"x-gradio-server"))


_CONNECT = 5.0
"""Seconds for a connection, within this machine."""


class Forwarder:
    """Talks to guests, over connections that are kept."""

    def __init__(self) -> None:
        self._client: httpx.AsyncClient | None = None

    async def forward(
        self,
        port: int,
        path: bytes,
        url: str,
        scope: Scope,
        receive: Receive,
        send: Send,
        answer: Callable[[httpx.Response, Send], Awaitable[None]] | None = None,
    ) -> None:
        """Let a guest answer.

        Args:
            port: where it listens, on this machine.
            path: of the request, percent-encoded, without what leads to the guest.
            url: the guest's, as the caller reaches it; it stands in the links of the answer.
            scope: the request's.
            receive: its body, then its end.
            send: takes the answer.
            answer: passes the guest's answer on; ``None``: as it is.

        Raises:
            WorkerCrashError: the guest does not answer.
        """
        import httpx

        client = self._connections()
        query = scope.get("query_string", b"")
        target = httpx.URL(scheme="http", host="127.0.0.1", port=port, raw_path=path + (b"?" + query if query else b""))
        address = urlsplit(url)
        headers = [item for item in scope["headers"] if item[0].lower() not in _HOP_BY_HOP | _OURS]
        headers += [
            (b"host", address.netloc.encode("latin-1")),
            (b"x-forwarded-proto", address.scheme.encode("latin-1")),
            (b"x-gradio-server", url.encode("latin-1")),
        ]
        body = None if scope["method"] in ("GET", "HEAD") else _body(receive)
        if answer is not None:  # it will be read here
            headers = [item for item in headers if item[0].lower() != b"accept-encoding"]
        request = client.build_request(scope["method"], target, headers=headers, content=body)
        try:
            response = await client.send(request, stream=True)
        except httpx.TransportError as error:
            raise WorkerCrashError("The app does not answer; try again in some seconds.") from error
        answering = asyncio.ensure_future((answer or _answer)(response, send))
        leaving = asyncio.ensure_future(_left(receive))
        try:
            await asyncio.wait({answering, leaving}, return_when=asyncio.FIRST_COMPLETED)
            if answering.done():
                answering.result()
        finally:
            answering.cancel()
            leaving.cancel()
            await asyncio.wait({answering, leaving})
            await response.aclose()

    async def ask(self, port: int, path: str, body: object = None) -> object:
        """Ask a guest something on the server's own behalf; return its JSON answer, ``None`` where there is none.

        Args:
            port: where it listens.
            path: from ``/`` on.
            body: sent as JSON by POST; ``None``: a GET.
        """
        import httpx

        address = f"http://127.0.0.1:{port}{path}"
        try:
            method = "GET" if body is None else "POST"
            response = await self._connections().request(method, address, json=body, timeout=_CONNECT)
            told: object = response.json()
        except (httpx.HTTPError, ValueError):
            return None
        return told

    def _connections(self) -> httpx.AsyncClient:
        import httpx

        if self._client is None:
            # An answer may take as long as a job does.
            self._client = httpx.AsyncClient(
                timeout=httpx.Timeout(None, connect=_CONNECT), trust_env=False, limits=httpx.Limits()
            )
        return self._client

    async def close(self) -> None:
        """Close the connections."""
        if self._client is not None:
            await self._client.aclose()


async def _body(receive: Receive) -> AsyncIterator[bytes]:
    more = True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            return
        yield message.get("body", b"")
        more = message.get("more_body", False)


async def _left(receive: Receive) -> None:
    """Return when the caller has gone."""
    while (await receive())["type"] != "http.disconnect":
        pass


async def _answer(response: httpx.Response, send: Send) -> None:
    import httpx

    headers = [item for item in response.headers.raw if item[0].lower() not in _HOP_BY_HOP]
    await send({"type": "http.response.start", "status": response.status_code, "headers": headers})
    try:
        async for block in response.aiter_raw():
            await send({"type": "http.response.body", "body": block, "more_body": True})
    except httpx.TransportError as error:
        raise WorkerCrashError("The app ended in the middle of its answer.") from error
    await send({"type": "http.response.body", "body": b"", "more_body": False})
