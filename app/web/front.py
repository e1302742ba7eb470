"""The server's own addresses: the start page, is it well and ready, what does it offer, what has it done."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from starlette.responses import HTMLResponse, Response
from starlette.types import Scope

from app.config import Settings
from app.errors import AccessError, NotFoundError
from app.jobs.service import JobService
from app.jobs.start import Start
from app.registry import Registry
from app.web.callers import on_this_machine
from app.web.problems import wrong_method
from app.web.ready import ready
from app.web.routes import catalogue, health

if TYPE_CHECKING:
    from app.web.metrics import Metrics

_PATHS = ("/", "/health", "/ready", "/metrics", "/catalogue", "/favicon.ico")


class Front:
    """Answers at the server's own addresses.

    Args:
        settings: the server's.
        service: runs jobs.
        registry: the endpoints.
        list_page: returns the HTML of ``/``, given the server's URL as the caller reaches it.
        start: what is still done while the server answers already; ``None`` where nothing is.
        metrics: what the server has done; ``None`` where nobody counts.
    """

    def __init__(
        self,
        settings: Settings,
        service: JobService,
        registry: Registry,
        list_page: Callable[[str], str],
        start: Start | None = None,
        metrics: Metrics | None = None,
    ) -> None:
        self._settings = settings
        self._service = service
        self._registry = registry
        self._list_page = list_page
        self._start = start
        self._metrics = metrics

    @property
    def starting(self) -> str:
        """What the start is at; ``""`` once it is over."""
        return "" if self._start is None or self._start.progress.done else self._start.progress.step

    async def settled(self) -> None:
        """Return when the start is over, all models tried.

        Raises:
            HarpistError: the server is of no use.
        """
        if self._start is not None:
            await self._start.settled()

    async def answer(self, path: str, url: str, scope: Scope) -> Response | None:
        """Return the answer to one request; ``None`` where its path is none of these.

        Args:
            path: the request's, under the server's address.
            url: the server's, as the caller reaches it.
            scope: the request's.

        Raises:
            HarpistError: why there is none.
        """
        if path not in _PATHS:
            return None
        if scope["method"] not in ("GET", "HEAD"):
            return wrong_method("GET, HEAD")
        if path == "/":
            if (ids := self._registry.ids()) and len(self._registry.held()) == len(ids):
                self._registry.get(ids[0])  # tells that there is nothing to list yet
            return HTMLResponse(self._list_page(url), headers={"Cache-Control": "no-store"})
        if path == "/health":
            return health(self.starting)
        if path == "/ready":
            settings, closing = self._settings, self._service.closing
            # A start has its own sentence, and what ends starts nothing.
            obstacle = "" if self.starting or closing else await self._service.backend.obstacle()
            return ready(
                starting=self.starting, closing=closing, obstacle=obstacle, work=settings.work, least=settings.min_disk
            )
        if path == "/metrics":
            return self._counted(scope)
        if path == "/catalogue":
            return catalogue(self._registry, url)
        # Nothing to show, and no error in a browser's console.
        return Response(status_code=204)

    def _counted(self, scope: Scope) -> Response:
        if self._metrics is None:
            raise NotFoundError("This server counts nothing; start it with --metrics.")
        if not self._settings.asks_who and not on_this_machine(scope):
            raise AccessError("The metrics are read on the server's own machine, or with a key: see --require-key.")
        return self._metrics.answer()
