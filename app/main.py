"""The only place where parts are wired together."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib.util import find_spec
from typing import TYPE_CHECKING

from app.backends.base import Backend
from app.backends.local import LocalBackend
from app.config import Settings
from app.guests.guests import Guests
from app.guests.shares import GuestShares
from app.installs.service import Installs
from app.jobs.record import job_log
from app.jobs.service import JobService
from app.jobs.shares import OwnShares, nothing_of_their_own
from app.jobs.start import Start
from app.registry import Registry
from app.sources import Say, trained_folders
from app.ui.model_manager import manager_page
from app.ui.page_app import PageFactory, prepare_environment
from app.ui.sign_in_page import sign_in_page
from app.ui.still_page import still
from app.web.access.door import door
from app.web.dispatch import Dispatch
from app.web.front import Front
from app.web.manager_routes import ManagerRoutes
from app.web.rehearsal import rehearse
from app.web.uploads import UploadStore
from app.workers.sandbox.layers import summary

if TYPE_CHECKING:
    from app.web.metrics import Metrics


def create_service(
    settings: Settings, registry: Registry, backend: Backend | None = None, own: OwnShares = nothing_of_their_own
) -> JobService:
    """Return what runs jobs, on this machine unless told otherwise; start it before use, close it after.

    Args:
        settings: the server's.
        registry: what it serves.
        backend: runs the jobs; ``None`` for workers on this machine.
        own: what callers have in place of the settings' shares.
    """
    return JobService(backend or LocalBackend(settings), registry, settings, own)


def chosen_backend(settings: Settings) -> Backend:
    """Return what runs jobs where the settings say.

    Raises:
        SettingsError: it cannot be had.
    """
    if settings.backend != "ray":
        return LocalBackend(settings)
    from app.backends.ray_cluster.backend import RayBackend

    return RayBackend(settings)


def create_app(
    settings: Settings, registry: Registry, say: Say, *, backend: Backend | None = None, fixed: bool = False
) -> Dispatch:
    """Return the whole server as an ASGI application, for the endpoints of ``registry``.

    Its start-up tries the models of which nothing is known yet, and leaves out those that fail.

    Args:
        settings: how the server runs.
        registry: what it serves.
        say: takes each line that the operator should read.
        backend: runs the jobs; ``None`` for workers on this machine.
        fixed: the server offers what it offers, and has no manager to install and remove models.
    """
    prepare_environment(settings)
    entrance = door(settings, sign_in_page)
    service = create_service(settings, registry, backend, entrance.own_shares)
    uploads = UploadStore(settings)
    pages = PageFactory(service, settings, uploads, decodes_media=find_spec("av") is not None)

    installs = Installs(service, registry, settings, trained_folders(settings))
    shares = GuestShares(service.admission.limits)
    guests = Guests(settings, registry, say, shares)

    start = Start(service, registry, settings.load_timeout, say)

    async def once_tried() -> None:
        if fixed:
            # Better no server than one without the model that it is for.
            registry.root()
        for endpoint_id in registry.ids()[:1]:
            await rehearse(app, endpoint_id)
        await guests.start()

    @asynccontextmanager
    async def lifespan() -> AsyncIterator[None]:
        start.begin(once_tried)
        if not fixed:
            await installs.start()
        # Beside the first calls, so that the first page comes before a client loses its patience.
        warming = None if settings.late_pages else asyncio.create_task(warm_up(pages, say))
        yield
        await start.close()
        if not fixed:
            await installs.close()
        await guests.close()
        if warming is not None:
            await warming

    manager = None if fixed else ManagerRoutes(installs, settings)
    list_page = manager_page(registry, summary(), asks_key=settings.require_key)
    list_page = still(list_page) if fixed else list_page
    metrics = _metrics(service, installs, shares) if settings.metrics else None
    if settings.log_format:
        service.watchers.append(job_log(as_json=settings.log_format == "json"))
    front = Front(settings, service, registry, list_page, start, metrics)
    app = Dispatch(
        settings,
        service,
        registry,
        uploads,
        pages,
        front,
        entrance,
        lifespan,
        manager,
        guests,
    )
    installs.offer.page_gone = app.page_gone
    return app


def _metrics(service: JobService, installs: Installs, shares: GuestShares) -> Metrics:
    """Return what counts for Prometheus from now on; its library is imported where it is wanted only."""
    from app.web.metrics import Metrics

    metrics = Metrics(service.admission.waiting, service.running_now, service.backend.census)
    service.watchers.append(metrics.job_ended)
    service.admission.limits.watchers.append(metrics.uploaded)
    shares.watchers.append(metrics.app_called)
    metrics.watch_hub(lambda: installs.client.received.total, lambda: installs.outcomes)
    return metrics


async def warm_up(pages: PageFactory, say: Say) -> None:
    """Import what pages need ahead of the first one; where that fails, whoever asks for a page is told why.

    Args:
        pages: builds them.
        say: takes the line that the operator should read.
    """
    try:
        await asyncio.to_thread(pages.warm_up)
    except Exception as error:
        reason = error.strerror if isinstance(error, OSError) else type(error).__name__
        say(f"harpist: the models' pages cannot be shown yet: {reason}.")
