"""Installs models of the hub while the server runs: each is brought here, tried in a sandbox, and offered at once."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Mapping
from functools import partial

from app.config import Settings
from app.endpoint import EndpointSpec
from app.errors import (
    AccessError,
    HarpistError,
    InputError,
    JobCancelledError,
    NotFoundError,
)
from app.hub.catalogue import Catalogue
from app.hub.client import HubClient
from app.hub.ids import ModelReference, is_model_id, parse_reference
from app.hub.install import InstallOptions, install
from app.hub.installed import Installed
from app.hub.permissions import Permissions
from app.hub.record import InstalledModel
from app.hub.updates import Update, find_update
from app.installs.installation import Installation
from app.installs.labelers import offer_labelers
from app.installs.learnt import Learnt
from app.installs.offer import Offer, is_free
from app.installs.paces import measure_paces
from app.installs.running import Running
from app.installs.threads import in_thread
from app.installs.trials import Trials
from app.installs.weights import WeightInstalls
from app.installs.weights_here import open_store
from app.jobs.service import JobService
from app.registry import Registry

log = logging.getLogger(__name__)

_AT_ONCE = 3
_FRESH = 1.0
"""Seconds for which a look at what is installed holds."""
_REFRESH = 15 * 60.0
"""Seconds between two questions to the hub for what is new."""


def permissions(settings: Settings) -> Permissions:
    """Return what a server may install."""
    return Permissions(settings.allow, settings.deny)


class Installs:
    """The models of the hub on this machine: what is installed, what is being installed, what could be.

    Everything is called from the server's event loop.

    Args:
        service: tries models and runs their jobs.
        registry: gains an endpoint for each.
        settings: the server's.
        learnt: tries folders of something learnt.

    Attributes:
        installed: what is on this machine.
        catalogue: what the hub has.
        problems: id → why a model is not offered.
        weights: the endpoints in Python that have weights.
    """

    def __init__(self, service: JobService, registry: Registry, settings: Settings, learnt: Learnt) -> None:
        self.registry = registry
        self._service = service
        self.installed = Installed(settings.home / "hub")
        self.client = HubClient()
        self.catalogue = Catalogue(self.client, settings.home / "cache")
        self.problems: dict[str, str] = {}
        self.offer = Offer(registry, self.installed, service, learnt)
        self.weights = WeightInstalls(
            registry, open_store(settings), self.client, service, self.offer, settings, permissions(settings)
        )
        self._trials = Trials(service, settings.load_timeout, learnt)
        self._settings = settings
        self._permissions = permissions(settings)
        self._running = Running(self.problems, self._look_again)
        self._slots = asyncio.Semaphore(_AT_ONCE)
        self._looking = asyncio.Lock()
        self._looked = -_FRESH
        self._asked = -_REFRESH
        self._background: asyncio.Task[None] | None = None
        self._measuring: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Begin, beside the first calls, to clear away what nobody needs and to try what was not tried here."""
        self._background = asyncio.create_task(self._settle_in())
        self._measuring = asyncio.create_task(self._measure())

    async def close(self) -> None:
        """End every installation; what came so far is kept for the next time."""
        await self._running.close(*(task for task in (self._background, self._measuring) if task is not None))
        await self.offer.close()

    @property
    def installations(self) -> tuple[Installation, ...]:
        """Those that run, and those that ended not long ago, in the order of their beginning."""
        return self._running.all

    @property
    def outcomes(self) -> Mapping[str, int]:
        """How many installations have come to what."""
        return self._running.outcomes

    @property
    def shelf(self) -> str:
        """A text that changes with what is installed, what is offered, and why something is not."""
        seen = (self.offer.there, self.registry.ids(), self.weights.changes, tuple(self.problems.items()))
        return f"{hash(seen):x}"

    async def look(self) -> None:
        """Take in what another process has installed, updated or removed since the last look."""
        async with self._looking:
            if time.monotonic() - self._looked < _FRESH:
                return
            untried = await self.offer.adopt()
            await self.weights.adopt()
            await self._offer_labelers()
            self._looked = time.monotonic()
            if untried and (self._background is None or self._background.done()):
                self._background = asyncio.create_task(self._try_all(untried))

    def refresh_soon(self) -> None:
        """Ask the hub for what is new, in a thread of its own, unless that was done not long ago."""
        if time.monotonic() - self._asked >= _REFRESH:
            self._asked = time.monotonic()
            self.catalogue.refresh_soon()

    def install(self, text: str, *, accept_licence: bool = False) -> Installation:
        """Begin to install a model, or an endpoint's weights, or return the installation that is under way.

        What is installed stays at its commit unless another revision is named.

        Args:
            text: an id, an id with a revision, or the address of the model's page.
            accept_licence: whoever asks accepts the licences that are asked for an endpoint's weights.

        Raises:
            InputError: the text names no model of the hub.
            AccessError: it may not be installed here, or a licence must be accepted first.
            NotFoundError: it is an endpoint in Python, and needs a library first.
            BusyError: another revision of it is being installed.
        """
        if spec := self.weights.find(text.strip()):
            self.weights.check(spec, accept=accept_licence)
            work = partial(self._install_weights, spec)
            return self._running.begin(ModelReference(spec.id), work)
        reference = parse_reference(text)
        there = self.installed.get(reference.id)
        known = there is not None and reference.revision in ("", there.revision, there.commit)
        return self._begin(reference, there if known else None)

    def update(self, model_id: str) -> Installation:
        """Begin to bring an installed model to the newest commit of the branch or tag that it came from.

        Raises:
            NotFoundError: it is not installed.
            InputError: it was installed at one commit, of which there is no newer.
            AccessError: it may not be installed here any more.
        """
        if spec := self.weights.find(model_id):
            raise InputError(
                f"{spec.id} states which commits its weights are of; they change when it is updated itself."
            )
        model = self._model(model_id)
        if model.pinned:
            raise InputError(f"{model.id} was installed at one commit, of which there are no updates.")
        return self._begin(ModelReference(model.id, model.revision), None)

    async def find_update(self, model_id: str) -> Update | None:
        """Return what the hub has newer of an installed model.

        Raises:
            NotFoundError: it is not installed.
            HubError: the hub does not tell.
        """
        model = self._model(model_id)
        return await in_thread("hub-update", lambda: find_update(self.client, self.installed, model))

    async def cancel(self, model_id: str) -> Installation:
        """End an installation; what came so far is kept for the next time.

        Raises:
            NotFoundError: there is none of this model.
        """
        return await self._running.cancel(model_id)

    async def remove(self, model_id: str) -> int:
        """End a model's jobs, take it away, and return how many bytes that frees.

        Raises:
            NotFoundError: nothing is there of it.
            AccessError: it was not installed from the hub.
            BusyError: another process is installing it.
        """
        if spec := self.weights.find(model_id):
            return await self._remove_weights(spec)
        if not is_free(self.registry, self.installed, model_id):
            raise AccessError(f"{model_id} came with this server and was not installed from the hub; it stays.")
        if model_id in self._running:
            await self.cancel(model_id)
        model = self.installed.get(model_id)
        model_id = model.id if model else model_id
        await self.offer.withdraw(model_id)
        try:
            return await asyncio.to_thread(self.installed.remove, model_id)
        finally:
            self._running.forget(model_id)
            await self._offer_labelers()

    async def _remove_weights(self, spec: EndpointSpec) -> int:
        if spec.id in self._running:
            await self.cancel(spec.id)
        try:
            return await self.weights.remove(spec)
        finally:
            self._running.forget(spec.id)

    def _model(self, model_id: str) -> InstalledModel:
        model = self.installed.get(model_id) if is_model_id(model_id) else None
        if model is None:
            raise NotFoundError(f"{' '.join(model_id.split())[:80]} is not installed.")
        return model

    def _begin(self, reference: ModelReference, there: InstalledModel | None) -> Installation:
        self._permissions.check(reference.id)
        if not is_free(self.registry, self.installed, reference.id):
            raise AccessError(f"{reference.id} is the name of a model that came with this server.")
        return self._running.begin(reference, lambda installation: self._install(installation, there))

    def _look_again(self) -> None:
        self._looked = -_FRESH

    async def _install_weights(self, spec: EndpointSpec, installation: Installation) -> tuple[str, str]:
        async with self._slots:
            await self.weights.install(installation, spec)
        return spec.id, spec.weights[0].revision

    async def _install(self, installation: Installation, there: InstalledModel | None) -> tuple[str, str]:
        async with self._slots:
            model = there or await self._bring(installation)
        await self.offer.put(model)
        await self._offer_labelers()
        return model.id, model.commit

    async def _bring(self, installation: Installation) -> InstalledModel:
        options = InstallOptions(
            permissions=self._permissions,
            largest=self._settings.max_model * 2**20,
            check=self._trials.check_for(installation),
            report=installation.report,
            cancel=installation.cancel,
        )
        reference = installation.reference
        return await in_thread("hub-install", lambda: install(self.client, self.installed, reference, options))

    async def _offer_labelers(self) -> None:
        """Have endpoints that steer listen by the labelers that are here now; the processes of before leave."""
        for endpoint_id in offer_labelers(self.registry):
            await self._service.forget(endpoint_id)

    async def _settle_in(self) -> None:
        await self.offer.clear()
        await asyncio.to_thread(self.weights.store.tidy)
        self._looked = time.monotonic()
        await self._try_all(await self.offer.adopt())

    async def _measure(self) -> None:
        home, seconds = self._settings.home, self._settings.load_timeout
        await measure_paces(self.registry, self._service, home, seconds, self.offer.page_gone)

    async def _try_all(self, models: tuple[InstalledModel, ...]) -> None:
        """Try models one after the other; each is offered from then on, or not any more."""
        for model in models:
            try:
                await self._trials.run(model.id, self.installed.files(model))
                self.problems.pop(model.id, None)
                # It may have been removed or updated meanwhile.
                if await asyncio.to_thread(self.installed.get, model.id) == model:
                    await self.offer.put(model)
            except JobCancelledError:
                return
            except HarpistError as error:
                self.problems[model.id] = error.message
                await self.offer.withdraw(model.id)
                log.warning("%s is not offered: %s", model.id, error.message)
