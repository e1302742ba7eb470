"""The server's front: one base URL per endpoint; HARP's calls natively, the rest to the endpoint's page."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager, AsyncExitStack
from dataclasses import replace
from functools import partial

from starlette.requests import ClientDisconnect
from starlette.responses import RedirectResponse, Response
from starlette.types import Message, Receive, Scope, Send

from app.config import Settings
from app.endpoint import EndpointSpec
from app.errors import HarpistError, NotFoundError, StartingError
from app.guests.guests import Guests
from app.harp.address import model_address
from app.jobs.service import JobService
from app.registry import Registry
from app.web.access.door import Door
from app.web.audacity_routes import PREFIX as AUDACITY
from app.web.audacity_routes import AudacityRoutes
from app.web.callers import caller_of, is_foreign, refuse_foreign
from app.web.front import Front
from app.web.harp_routes import HarpRoutes, parse_path
from app.web.manager_routes import PREFIX, ManagerRoutes
from app.web.page_headers import PageHeaders
from app.web.page_uploads import counted, noting
from app.web.pages import NOTICE, PageFactory, Pages
from app.web.place import place_of
from app.web.privacy import privacy_notice
from app.web.problems import problem_for, wrong_method
from app.web.refusals import refuse_call
from app.web.uploads import UploadStore
from app.web.visit import Visits, visit_of

log = logging.getLogger(__name__)


class Dispatch:
    """The ASGI application.

    Args:
        settings: the server's.
        service: runs jobs; started and closed with the server.
        registry: the endpoints.
        uploads: the upload store; started and closed with the server.
        pages: builds the page of an endpoint.
        front: answers at the server's own addresses.
        access: who is let in.
        lifespan: whatever else lives as long as the server; entered once jobs can run.
        manager: installs and removes models; ``None`` where none are.
        guests: Gradio apps that answer for themselves; ``None`` where there are none.
    """

    def __init__(
        self,
        settings: Settings,
        service: JobService,
        registry: Registry,
        uploads: UploadStore,
        pages: PageFactory,
        front: Front,
        access: Door,
        lifespan: Callable[[], AbstractAsyncContextManager[object]] = contextlib.nullcontext,
        manager: ManagerRoutes | None = None,
        guests: Guests | None = None,
    ) -> None:
        self._settings = settings
        self._visits = Visits(settings)
        self._headers = PageHeaders(settings.embed)
        self._service = service
        self._registry = registry
        self._uploads = uploads
        self._harp = HarpRoutes(service, uploads)
        self._audacity = AudacityRoutes(settings, uploads.resolve)
        self._factory = pages
        self._pages: Pages | None = None
        self._front = front
        self._access = access
        self._lifespan = lifespan
        self._manager = manager
        self._guests = guests
        self._ending = False

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one connection."""
        if scope["type"] == "lifespan":
            await self._live(receive, send)
        elif scope["type"] == "websocket":
            await receive()
            await send({"type": "websocket.close", "code": 1000, "reason": "This server has no websockets."})
        elif scope["type"] == "http":
            await self._http(scope, receive, send)

    async def settled(self) -> None:
        """Return when the start is over; see :meth:`app.web.front.Front.settled`."""
        await self._front.settled()

    async def drain(self, seconds: float) -> None:
        """Take no new jobs, and let those that run go on for so long."""
        await self._service.drain(seconds)

    async def end_jobs(self) -> None:
        """End every job, ahead of the end of the server, so that whoever waits for one is told why."""
        self._ending = True
        await self._service.close()

    def page_gone(self, endpoint_id: str) -> None:
        """Close an endpoint's page: its model is gone."""
        if self._pages is not None:
            self._pages.forget(endpoint_id)

    async def _live(self, receive: Receive, send: Send) -> None:
        await receive()
        try:
            async with AsyncExitStack() as stack:
                await self._uploads.start()
                stack.push_async_callback(self._uploads.close)
                stack.push_async_callback(self._service.close)
                await self._service.start()
                await stack.enter_async_context(self._lifespan())
                stack.push_async_callback(self._harp.events.close)
                stack.callback(self._audacity.close)
                self._pages = Pages(self._factory)
                stack.push_async_callback(self._pages.close)
                await send({"type": "lifespan.startup.complete"})
                await receive()
        except Exception as error:
            if not isinstance(error, HarpistError):
                log.exception("the server could not start or stop")
            kind = "shutdown" if self._pages is not None else "startup"
            await send({"type": f"lifespan.{kind}.failed", "message": str(error)})
        else:
            await send({"type": "lifespan.shutdown.complete"})

    async def _http(self, scope: Scope, receive: Receive, send: Send) -> None:
        started = complete = False

        async def watched_send(message: Message) -> None:
            nonlocal started, complete
            started = True
            await send(self._headers.added(message))
            complete = message["type"] == "http.response.body" and not message.get("more_body")

        try:
            scope = await self._access.receive(self._visits.receive(scope))
            await self._route(scope, receive, watched_send)
        except ClientDisconnect:
            return
        except asyncio.CancelledError:
            if not (self._ending and started):
                raise
            # A page's stream, which never ends by itself: the server is stopped, and nobody is to blame.
            if not complete:
                await send({"type": "http.response.body", "body": b"", "more_body": False})
        except Exception as error:
            if started:
                raise
            await problem_for(scope, error)(scope, receive, watched_send)

    async def _route(self, scope: Scope, receive: Receive, send: Send) -> None:
        visit = visit_of(scope)
        root_path, url = visit.prefix, visit.url
        path = scope["path"].removeprefix(root_path)
        if (refusal := self._access.refusal(path, scope)) is not None:
            await self._refuse(refusal, path, scope, receive, send)
            return
        if self._uploads.tells_apart:
            self._uploads.check_owner(path, caller_of(scope).token)
        own = await self._own_answer(path, url, scope, receive)
        if own is not None:
            await own(scope, receive, send)
            return
        place = place_of(path)
        endpoint_id, prefix, rest = place.endpoint_id, place.prefix, place.rest
        if endpoint_id and endpoint_id not in self._registry.ids() and self._manager is not None:
            await self._manager.look()
        if endpoint_id not in ("", *self._registry.ids()) and (step := self._front.starting):
            raise StartingError(f"The server is starting: {step}; ask again in some seconds.")
        spec = self._registry.get(endpoint_id) if endpoint_id else self._root(url)
        request = parse_path(rest, scope.get("query_string", b""))
        if self._guests is not None and spec.id in self._guests and (place.slash or not prefix):
            theirs = self._access.url_for(prefix, scope) + prefix
            guest = partial(self._guests.answer, spec.id, rest, theirs, caller_of(scope), scope)
            await self._app(guest, rest, scope, receive, send)
        elif request is not None:
            if request.asks_for_card:
                spec = privacy_notice(self._settings, spec, scope).on(spec)
            await self._harp.answer(request, spec, url + prefix, scope, receive, send)
        elif prefix and not place.slash:
            await _slash(endpoint_id.partition("/")[2], scope)(scope, receive, send)
        else:
            notice = privacy_notice(self._settings, spec, scope).text
            await self._page(spec.id, prefix, root_path, {**scope, NOTICE: notice}, receive, send)

    async def _refuse(self, error: HarpistError, path: str, scope: Scope, receive: Receive, send: Send) -> None:
        """Say why somebody is not let in: HARP in a stream, a browser on a page, everyone else as JSON."""
        page = self._access.refuse(error, path, scope)
        request = parse_path(place_of(path).rest)
        if page is not None:
            await page(scope, receive, send)
        elif request is None:
            raise error
        else:
            await refuse_call(request, error, scope, receive, send)

    def _root(self, url: str) -> EndpointSpec:
        """Return the endpoint at the server's own address; its description says where the others are."""
        spec = self._registry.get(self._registry.root())
        others = [endpoint_id for endpoint_id in self._registry.ids() if endpoint_id != spec.id]
        if not others:
            return spec
        more = "1 more model" if len(others) == 1 else f"{len(others)} more models"
        example = model_address(url, others[0], is_root=False)
        how = f"each at an address of its own, such as {example}" if example else "for the browser"
        where = f"{url} lists {more}, {how}."
        return replace(spec, card=replace(spec.card, description=f"{spec.card.description}\n\n{where}"))

    async def _own_answer(self, path: str, url: str, scope: Scope, receive: Receive) -> Response | None:
        """Return the server's own answer to a path that belongs to no endpoint."""
        if self._manager is not None and path.startswith(PREFIX):
            return await self._manager.answer(path.removeprefix(PREFIX), url, scope, receive)
        if path.startswith(AUDACITY):
            return await self._audacity.answer(path.removeprefix(AUDACITY), scope, receive)
        if (signing := await self._access.answer(path, scope, receive)) is not None:
            return signing
        if path == "/catalogue" and self._manager is not None:
            await self._manager.look()
        return await self._front.answer(path, url, scope)

    async def _page(
        self, endpoint_id: str, prefix: str, root_path: str, scope: Scope, receive: Receive, send: Send
    ) -> None:
        if self._pages is None:
            raise NotFoundError("The server has not started.")
        mounted = {**scope, "root_path": root_path + prefix}
        page = partial(self._pages.answer, self._registry.get(endpoint_id), root_path + prefix, mounted)
        await self._app(page, scope["path"].removeprefix(f"{root_path}{prefix}/"), scope, receive, send)

    async def _app(
        self,
        answer: Callable[[Receive, Send], Awaitable[None]],
        rest: str,
        scope: Scope,
        receive: Receive,
        send: Send,
    ) -> None:
        """Let a Gradio app answer: not other sites' pages, and an upload counted, with its owner noted."""
        guarded = self._guard(scope, send)
        if scope["method"] != "POST" or rest.rstrip("/") != "gradio_api/upload":
            await answer(receive, guarded)
            return
        caller = caller_of(scope)
        noticed = noting(guarded, lambda folder: self._uploads.own(folder, caller.token))
        await counted(self._service.admission.limits, caller.account, scope, receive, noticed, answer)

    def _guard(self, scope: Scope, send: Send) -> Send:
        """Keep other sites' pages from using a page's API; return what sends its answers.

        Raises:
            AccessError: such a page sent the request.
        """
        if scope["method"] not in ("GET", "HEAD", "OPTIONS"):
            refuse_foreign(scope)
        return _without_sharing(send) if is_foreign(scope) else send


def _slash(name: str, scope: Scope) -> Response:
    """Lead to the page's address with a slash at its end, by a relative path, which holds behind any proxy."""
    if scope["method"] not in ("GET", "HEAD"):
        return wrong_method("GET, HEAD")
    query = scope.get("query_string", b"").decode("latin-1")
    return RedirectResponse(f"{name}/" + (f"?{query}" if query else ""), 307)


def _without_sharing(send: Send) -> Send:
    """Take from a page's answers what would let another site's page read them: Gradio lets any."""

    async def guarded(message: Message) -> None:
        if message["type"] == "http.response.start":
            kept = [item for item in message["headers"] if not item[0].lower().startswith(b"access-control-")]
            message = {**message, "headers": kept}
        await send(message)

    return guarded
