"""The only place where parts are wired together."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from app.backends.local import LocalBackend
from app.config import Settings
from app.errors import HarpistError
from app.installs.service import Installs
from app.jobs.service import JobService
from app.jobs.trial import try_model
from app.registry import Registry
from app.sources import Say
from app.ui.model_manager import manager_page
from app.ui.page_app import PageFactory, prepare_environment
from app.web.dispatch import Dispatch
from app.web.manager_routes import ManagerRoutes
from app.web.uploads import UploadStore
from app.workers.layers import summary


def create_service(settings: Settings, registry: Registry) -> JobService:
    """Return what runs jobs on this machine; start it before use, close it after."""
    return JobService(LocalBackend(settings), registry, settings)


def create_app(settings: Settings, registry: Registry, say: Say) -> Dispatch:
    """Return the whole server as an ASGI application, for the endpoints of ``registry``.

    Its start-up tries the models of which nothing is known yet, and leaves out those that fail.

    Args:
        settings: how the server runs.
        registry: what it serves.
        say: takes each line that the operator should read.
    """
    prepare_environment(settings)
    service = create_service(settings, registry)
    uploads = UploadStore(settings)
    pages = PageFactory(service, settings, uploads)

    installs = Installs(service, registry, settings)

    @asynccontextmanager
    async def lifespan() -> AsyncIterator[None]:
        await try_new_models(service, registry, settings.load_timeout, say)
        await installs.start()
        # Beside the first calls, so that the first page comes before a client loses its patience.
        warming = asyncio.create_task(asyncio.to_thread(pages.warm_up))
        yield
        await installs.close()
        await warming

    manager = ManagerRoutes(installs, settings)
    front = manager_page(registry, summary())
    app = Dispatch(settings, service, registry, uploads, pages, front, lifespan, manager)
    installs.offer.page_gone = app.page_gone
    return app


async def try_new_models(service: JobService, registry: Registry, seconds: float, say: Say) -> None:
    """Try every model of which nothing is known yet; one that fails is left out, with the reason.

    Args:
        service: a started service.
        registry: loses the models that fail.
        seconds: how long one may take.
        say: takes each line that the user should read.
    """
    for endpoint_id, folder, profile in registry.untried(patient=False):
        try:
            await try_model(service, endpoint_id, folder, profile, seconds)
        except HarpistError as error:
            registry.remove(endpoint_id)
            say(f"harpist: left out {endpoint_id}: {error.message}")
