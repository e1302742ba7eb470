"""What one connection may ask of the server before it is answered, and for how long it may stand still.

uvicorn bounds neither: its parser keeps headers of any size, and waits for the rest of a request for ever. Everything
here comes before there is a request to answer, so it speaks HTTP itself.
"""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass
from http import HTTPStatus

import httptools
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

_SLICE, _BODY_SLICE = 16 * 1024, 64 * 1024
_LINGER = 1.0
"""Seconds that a refused client gets to read why; what it sends meanwhile goes nowhere."""


@dataclass(frozen=True)
class Limits:
    """How much patience a connection meets.

    Attributes:
        head: bytes of a request line with its headers, and of whatever else is no body.
        head_seconds: until a request line and its headers are there.
        body_seconds: in which a body must bring ``body_bytes`` more.
        body_bytes: see there.
        answer_seconds: that a client may take nothing of its answer. Long: a paused player does so.
        waiting: requests that may wait on one connection for the one before them.
        connections: open at the same time.
    """

    head: int = 64 * 1024
    head_seconds: float = 30.0
    body_seconds: float = 60.0
    body_bytes: int = 1024
    answer_seconds: float = 600.0
    waiting: int = 16
    connections: int = 1000


class LimitedProtocol(HttpToolsProtocol):
    """uvicorn's protocol within :attr:`limits`; a refusal is one sentence, as the server's other errors are."""

    limits = Limits()

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Take a connection, unless there are too many."""
        super().connection_made(transport)
        self._beside_body = 0
        self._in_body = False
        self._body_bytes = 0
        self._refused = False
        self._patience: asyncio.TimerHandle | None = None
        self._stuck: asyncio.TimerHandle | None = None
        if len(self.connections) > 2 * self.limits.connections:
            transport.abort()
        elif len(self.connections) > self.limits.connections:
            self._refuse(503, "The server has too many connections open; try again later.")
        else:
            self._wait_for_head()

    def connection_lost(self, exc: Exception | None) -> None:
        """Let go of a connection."""
        self._disarm()
        if self._stuck is not None:
            self._stuck.cancel()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Read on, in slices, so that what is too much is noticed before it is kept."""
        self._unset_keepalive_if_required()
        start = 0
        while start < len(data):
            if self._refused or self.transport.is_closing():
                return
            if self._patience is None and not self._is_busy():
                self._wait_for_head()
            piece = data[start : start + (_BODY_SLICE if self._in_body else _SLICE)]
            start += len(piece)
            self._beside_body += len(piece)
            try:
                self.parser.feed_data(piece)
            except httptools.HttpParserUpgrade:
                return  # to what is not spoken here; the request itself is answered
            except httptools.HttpParserError:
                self._refuse(400, "This is no HTTP request that the server can read.")
                return
            if self._beside_body > self.limits.head:
                most = self.limits.head // 1024
                self._refuse(431, f"The request's headers are larger than this server takes: at most {most} KiB.")
            elif len(self.pipeline) > self.limits.waiting:
                most = self.limits.waiting
                self._refuse(429, f"At most {most} requests may wait on one connection; open another one.")

    def on_message_begin(self) -> None:
        """A request begins."""
        self._in_body = False
        super().on_message_begin()
        if self._patience is None:
            self._wait_for_head()

    def on_headers_complete(self) -> None:
        """Its headers are there."""
        self._beside_body = 0
        super().on_headers_complete()
        self._in_body = True
        self._wait_for_body()

    def on_body(self, body: bytes) -> None:
        """A part of its body is there."""
        self._beside_body = 0
        self._body_bytes += len(body)
        super().on_body(body)

    def on_message_complete(self) -> None:
        """The whole request is there."""
        self._beside_body = 0
        self._in_body = False
        self._disarm()
        super().on_message_complete()

    def pause_writing(self) -> None:
        """The client takes its answer more slowly than it is made, or not at all."""
        super().pause_writing()
        if self._stuck is None:
            self._stuck = self.loop.call_later(self.limits.answer_seconds, self.transport.abort)

    def resume_writing(self) -> None:
        """The client has taken what was waiting."""
        super().resume_writing()
        if self._stuck is not None:
            self._stuck.cancel()
            self._stuck = None

    def _is_busy(self) -> bool:
        return self._in_body or bool(self.cycle and not self.cycle.response_complete)

    def _disarm(self) -> None:
        if self._patience is not None:
            self._patience.cancel()
            self._patience = None

    def _wait_for_head(self) -> None:
        self._disarm()
        self._patience = self.loop.call_later(self.limits.head_seconds, self._no_head)

    def _no_head(self) -> None:
        if not self._beside_body:
            # A browser connects ahead of its requests, and would take a refusal for the answer to its first one.
            self.transport.close()
            return
        self._refuse(408, f"The request did not arrive within {self.limits.head_seconds:g} s.")

    def _wait_for_body(self) -> None:
        self._disarm()
        self._body_bytes = 0
        self._patience = self.loop.call_later(self.limits.body_seconds, self._look_at_body)

    def _look_at_body(self) -> None:
        # While the server itself does not read on, the client is not to blame.
        if self._body_bytes >= self.limits.body_bytes or self.flow.read_paused:
            self._wait_for_body()
        else:
            self._refuse(408, f"Nothing more of the request arrived for {self.limits.body_seconds:g} s.")

    def _refuse(self, status: int, sentence: str) -> None:
        """Say why, and hang up; whoever still works on the request learns that its client has gone."""
        if self._refused:
            return
        self._refused = True
        self._disarm()
        self.pipeline.clear()
        cycle = self.cycle
        answering = cycle is not None and not cycle.response_complete
        if not (answering and cycle.response_started):
            body = json.dumps({"error": sentence}, ensure_ascii=False).encode()
            phrase = HTTPStatus(status).phrase
            head = (
                f"HTTP/1.1 {status} {phrase}\r\ncontent-type: application/json\r\ncache-control: no-store\r\n"
                f"content-length: {len(body)}\r\nconnection: close\r\n\r\n"
            )
            self.transport.write(head.encode() + body)
        if answering:
            cycle.disconnected = True
            cycle.message_event.set()
        self.flow.resume_reading()
        self.loop.call_later(_LINGER, self.transport.close)


def limited(connections: int) -> type[LimitedProtocol]:
    """Return the protocol for so many connections at the same time."""

    class Limited(LimitedProtocol):
        limits = Limits(connections=connections)

    return Limited
