"""Keeps what the server offers in step with what is installed on this machine, whoever installed it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from app.audacitorch.profile import read_profile
from app.hub.installed import Installed
from app.hub.record import InstalledModel
from app.installs.learnt import Learnt
from app.jobs.job import Job
from app.jobs.service import JobService
from app.registry import Registry
from app.trained import is_trained

PageGone = Callable[[str], None]


def offer_installed(registry: Registry, installed: Installed, learnt: Learnt) -> None:
    """Add every model of the hub that was installed and tried; asks nobody, and reads no model."""
    for model in installed.all():
        if is_free(registry, installed, model.id) and installed.profile(model).exists():
            add(registry, installed, model, learnt)


def add(registry: Registry, installed: Installed, model: InstalledModel, learnt: Learnt) -> None:
    """Offer an installed model, in place of the same one at another commit.

    Something learnt, of which this server keeps no description that holds, waits for its trial.
    """
    files, profile = installed.files(model), installed.profile(model)
    if is_trained(files):
        if spec := learnt.kept(model.id, files, profile):
            card = replace(spec.card, licence=spec.card.licence or model.licence)
            registry.add(replace(spec, card=card, revision=model.commit), files)
        return
    registry.add_folder(model.id, files, profile, patient=True, licence=model.licence, revision=model.commit)


def is_free(registry: Registry, installed: Installed, model_id: str) -> bool:
    """Whether no endpoint has this id, or one that was installed: what ships with the server is never replaced."""
    if commit_of(registry, installed, model_id):
        return True
    if registry.shelf.find(model_id):
        return False
    taken = {endpoint_id.lower(): endpoint_id for endpoint_id in registry.ids()}.get(model_id.lower())
    return taken is None or commit_of(registry, installed, taken) != ""


def commit_of(registry: Registry, installed: Installed, endpoint_id: str) -> str:
    """Return the commit at which an endpoint is offered; ``""`` for one that was not installed from the hub."""
    folder = registry.folder(endpoint_id)
    return folder.name if folder is not None and folder.parent == installed.folder / endpoint_id else ""


class Offer:
    """What is installed, as endpoints.

    Args:
        registry: gains and loses them.
        installed: what is on this machine.
        service: runs their jobs.
        learnt: knows folders of something learnt.

    Attributes:
        there: what was installed at the last look.
        page_gone: called with the id of an endpoint that is gone.
    """

    def __init__(self, registry: Registry, installed: Installed, service: JobService, learnt: Learnt) -> None:
        self._learnt = learnt
        self._registry = registry
        self._installed = installed
        self._service = service
        self._current: set[InstalledModel] = set()
        self._outdated: set[Job] = set()
        self.there: tuple[InstalledModel, ...] = ()
        self._clearing: asyncio.Task[None] | None = None
        self.page_gone: PageGone = lambda _: None

    async def adopt(self) -> tuple[InstalledModel, ...]:
        """Take in what another process installed, updated or removed; returns the models that are to be tried first."""
        there = await asyncio.to_thread(self._look)
        for endpoint_id in self._registry.ids():
            if commit_of(self._registry, self._installed, endpoint_id) and endpoint_id not in there:
                await self.withdraw(endpoint_id)
        untried = []
        for model, tried, current in there.values():
            if not is_free(self._registry, self._installed, model.id):
                continue
            if tried:
                await self.put(model)
            if not current:
                untried.append(model)
        return tuple(untried)

    def _look(self) -> dict[str, tuple[InstalledModel, bool, bool]]:
        """Return every installed model, whether it was ever tried, and whether what was learnt still holds."""
        found = {}
        self.there = self._installed.all()
        for model in self.there:
            profile = self._installed.profile(model)
            current = model in self._current or self._holds(model, profile)
            if current:
                self._current.add(model)
            found[model.id] = (model, current or profile.exists(), current)
        return found

    def _holds(self, model: InstalledModel, profile: Path) -> bool:
        files = self._installed.files(model)
        if is_trained(files):
            return self._learnt.kept(model.id, files, profile) is not None
        return read_profile(profile, files) is not None

    async def put(self, model: InstalledModel) -> None:
        """Offer a model; jobs on the commit that it replaces go on with its files until they end."""
        before = commit_of(self._registry, self._installed, model.id)
        if before == model.commit:
            return
        add(self._registry, self._installed, model, self._learnt)
        if before:
            self._outdated |= set(self._service.open_jobs(model.id))
            await self._service.forget(model.id)
            self._clear_soon()

    async def withdraw(self, endpoint_id: str) -> None:
        """Offer a model no longer: its jobs end, its page closes, its processes leave."""
        self._registry.remove(endpoint_id)
        for job in self._service.open_jobs(endpoint_id):
            await self._service.cancel(job)
        self.page_gone(endpoint_id)
        await self._service.forget(endpoint_id)

    def _clear_soon(self) -> None:
        if self._clearing is None or self._clearing.done():
            self._clearing = asyncio.create_task(self.clear())

    async def clear(self) -> None:
        """Remove what no model needs any more, once the jobs that still run on it have ended."""
        while self._outdated:
            job = next(iter(self._outdated))
            async for _ in job.watch():
                pass
            self._outdated.discard(job)
        await asyncio.to_thread(self._installed.tidy)

    async def close(self) -> None:
        """Let go; what was not removed goes at the next start."""
        if self._clearing is not None:
            self._clearing.cancel()
            await asyncio.wait({self._clearing})
