"""Endpoints' pages: each a web application of its own, built when first asked for, the least recent let go."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from starlette.types import ASGIApp, Receive, Scope, Send

from app.endpoint import EndpointSpec

log = logging.getLogger(__name__)

NOTICE = "harpist.notice"
"""In a request's scope: what its visitor is told of the sound that is sent, for the page to show."""


class Page(Protocol):
    """One endpoint's page."""

    @property
    def app(self) -> ASGIApp:
        """What answers its requests."""

    async def start(self) -> None:
        """Enter the application's lifespan and start its queue; called once, in the server's event loop."""

    async def close(self) -> None:
        """End its jobs, stop its queue and leave its lifespan."""


PageFactory = Callable[[EndpointSpec, str], Page]
"""Builds the page of an endpoint under a base path such as ``/models/owner/name``; called in a thread."""


@dataclass(eq=False)
class _Entry:
    spec: EndpointSpec
    page: Page
    requests: int = 0


class Pages:
    """Keeps the pages that are in use.

    Args:
        factory: builds one, in about 0.3 s.
        most: how many stay. One that answers a request stays beyond that, up to four times as many.
    """

    def __init__(self, factory: PageFactory, most: int = 16) -> None:
        self._factory = factory
        self._most = most
        self._entries: dict[str, _Entry] = {}
        self._building = asyncio.Lock()
        self._closing: set[asyncio.Task[None]] = set()

    async def answer(self, spec: EndpointSpec, base_path: str, scope: Scope, receive: Receive, send: Send) -> None:
        """Let an endpoint's page answer a request; ``scope`` is the page's own, as a mount would make it."""
        entry = self._entries.get(base_path)
        if entry is None or entry.spec != spec:
            entry = await self._build(spec, base_path)
        self._entries[base_path] = self._entries.pop(base_path, entry)
        entry.requests += 1
        try:
            await entry.page.app(scope, receive, send)
        finally:
            entry.requests -= 1

    def forget(self, endpoint_id: str) -> None:
        """Let the page of one endpoint go, wherever it stands."""
        for base_path, entry in list(self._entries.items()):
            if entry.spec.id == endpoint_id:
                self._evict(base_path)

    async def close(self) -> None:
        """Let every page go."""
        for base_path in list(self._entries):
            self._evict(base_path)
        if self._closing:
            await asyncio.wait(self._closing)

    async def _build(self, spec: EndpointSpec, base_path: str) -> _Entry:
        async with self._building:
            entry = self._entries.get(base_path)
            if entry is not None and entry.spec == spec:
                return entry
            page = await asyncio.to_thread(self._factory, spec, base_path)
            await page.start()
            if entry is not None:
                self._evict(base_path)
            entry = self._entries[base_path] = _Entry(spec, page)
            self._make_room(base_path)
            return entry

    def _make_room(self, newest: str) -> None:
        for base_path in list(self._entries):
            if len(self._entries) <= self._most:
                return
            idle = self._entries[base_path].requests == 0
            if base_path != newest and (idle or len(self._entries) > 4 * self._most):
                self._evict(base_path)

    def _evict(self, base_path: str) -> None:
        page = self._entries.pop(base_path).page
        task = asyncio.ensure_future(_close(page))
        self._closing.add(task)
        task.add_done_callback(self._closing.discard)


async def _close(page: Page) -> None:
    try:
        await page.close()
    except Exception:
        log.exception("an endpoint's page could not be closed")
