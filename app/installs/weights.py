"""Endpoints in Python and their weights: installed when somebody asks, tried, offered, and taken away again."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace

from app.config import Settings
from app.endpoint import EndpointSpec
from app.errors import AccessError, NotFoundError
from app.hub.client import HubClient
from app.hub.failures import cancelled
from app.hub.licences import AcceptedLicences
from app.hub.permissions import Permissions
from app.hub.weights_install import WeightOptions, install_weights
from app.hub.weights_record import InstalledWeights
from app.hub.weights_store import WeightStore
from app.installs.installation import Installation, InstallState
from app.installs.offer import Offer
from app.installs.threads import in_thread
from app.installs.trials import wait_for_trial
from app.installs.weight_trials import try_endpoint
from app.installs.weights_here import ready, remove_weights, with_folders
from app.jobs.service import JobService
from app.registry import Registry
from app.shelf import library_sentence
from app.weights import HubWeights


@dataclass(frozen=True)
class WeightFacts:
    """What a card tells of an endpoint's weights.

    Attributes:
        size: what they take, or will take, in bytes; 0 where nobody counted.
        installed: whether they are on this machine.
        asks: the licences that must be accepted before they are installed, a sentence; ``""`` where none.
        lacking: which library is missing, and the command that installs it; ``""`` where none.
        speed: see :class:`app.hub.weights_record.InstalledWeights`.
    """

    size: int
    installed: bool
    asks: str = ""
    lacking: str = ""
    speed: float = 0.0


class WeightInstalls:
    """The endpoints of a registry that have weights or need libraries.

    Args:
        registry: what is offered, and what waits on its shelf.
        store: where the weights lie.
        client: asks the hub.
        service: tries endpoints.
        offer: takes endpoints away.
        settings: the server's.
        permissions: what may be installed.

    Attributes:
        licences: what was accepted.
        changes: how often the choices changed that endpoints are offered with.
    """

    def __init__(
        self,
        registry: Registry,
        store: WeightStore,
        client: HubClient,
        service: JobService,
        offer: Offer,
        settings: Settings,
        permissions: Permissions,
    ) -> None:
        self.store = store
        self.licences = AcceptedLicences(store.folder / "accepted.json")
        self._registry = registry
        self._client = client
        self._service = service
        self._offer = offer
        self._settings = settings
        self._permissions = permissions
        self._turn = asyncio.Lock()
        self.changes = 0

    def find(self, endpoint_id: str) -> EndpointSpec | None:
        """Return what an endpoint states; ``None`` for one that has neither weights nor needs."""
        return self._registry.shelf.find(endpoint_id)

    def parts(self) -> tuple[EndpointSpec, ...]:
        """Return what can be installed or removed on its own; what another endpoint brought is neither.

        Reads files, so it is for a thread.
        """
        every = self.store.all()
        return tuple(
            part
            for part in self._registry.shelf.parts()
            if self.store.get(part.id) or not any(one.have(part.weights) for one in every)
        )

    def facts(self, spec: EndpointSpec) -> WeightFacts:
        """Return what is to be told of an endpoint's weights; reads files, so it is for a thread."""
        record = ready(spec, self.store)
        return WeightFacts(
            size=record.size if record else spec.weights_size,
            installed=record is not None,
            asks="" if record else asks(self.licences.asked(spec.first_weights)),
            lacking=library_sentence(spec),
            speed=record.speed if record else 0.0,
        )

    def check(self, spec: EndpointSpec, *, accept: bool) -> None:
        """Refuse to install what may not be, or needs something first; ``accept`` takes the licences that are asked.

        Raises:
            AccessError: it may not be installed here, or a licence is to be accepted.
            NotFoundError: a library is missing, it is a part of what is not offered, or there is nothing to install.
        """
        Permissions(deny=self._permissions.deny).check(spec.id)
        for item in spec.first_weights:
            self._permissions.check(item.repo)
        owners = self._registry.shelf.owners(spec.id)
        if owners and owners[0][0].id not in self._registry.ids():
            whole = owners[0][0].id
            raise NotFoundError(f"{spec.id} is for one more choice of {whole}: install {whole} first.")
        if sentence := library_sentence(spec):
            raise NotFoundError(f"{spec.id} cannot be installed yet. {sentence}")
        if not spec.weights:
            raise NotFoundError(f"{spec.id} has no weights to install.")
        if accept:
            self.licences.accept(spec.first_weights)
        elif asked := self.licences.asked(spec.first_weights):
            raise AccessError(
                f"{asks(asked)} To accept that, press “I accept” on the page of this server, "
                'give --accept-licence on the command line, or send "accept_licence": true.'
            )

    async def install(self, installation: Installation, spec: EndpointSpec) -> InstalledWeights:
        """Bring an endpoint's weights here, try it, and offer it.

        Raises:
            HarpistError: why it is not offered.
        """
        loop = asyncio.get_running_loop()

        def tried() -> float:
            installation.state = InstallState.TRYING
            trial = asyncio.run_coroutine_threadsafe(self._try(spec), loop)
            return wait_for_trial(trial, installation.cancel.is_set)

        options = WeightOptions(
            permissions=self._permissions,
            largest=self._settings.max_model * 2**20,
            report=installation.report,
            cancel=installation.cancel,
        )

        def work() -> InstalledWeights:
            record = ready(spec, self.store)
            if record is not None:
                return record
            return install_weights(self._client, self.store, spec.id, spec.first_weights, tried, options)

        record = await in_thread("hub-weights", work)
        # It may have been taken away meanwhile.
        if installation.cancel.is_set() and await asyncio.to_thread(ready, spec, self.store) is None:
            raise cancelled()
        if self._registry.shelf.owners(spec.id):
            await self._look_again()
        else:
            self._registry.add(await asyncio.to_thread(with_folders, spec, self.store, record))
        return record

    async def _try(self, spec: EndpointSpec) -> float:
        async with self._turn:
            whole, *more = next(iter(self._registry.shelf.owners(spec.id)), (spec,))
            there = replace(with_folders(whole, self.store, None, *more), id=spec.id, inputs=spec.inputs)
            return await try_endpoint(self._service, there, self._settings.load_timeout)

    async def remove(self, spec: EndpointSpec) -> int:
        """End an endpoint's jobs, take its weights away, and return how many bytes that frees.

        Raises:
            NotFoundError: nothing is there of them.
            BusyError: another process is installing one of its repositories.
        """
        if not self._registry.shelf.owners(spec.id):
            await self._put_back(spec)
        freed = await asyncio.to_thread(remove_weights, self._registry, self.store, spec)
        await self._look_again()
        return freed

    async def adopt(self) -> None:
        """Take in what another process installed or removed, and libraries that came."""
        offered = set(self._registry.ids())
        stated = self._registry.shelf.stated()
        records = await asyncio.to_thread(lambda: [ready(spec, self.store) for spec in stated])
        for spec, record in zip(stated, records):
            if spec.id in offered and spec.weights and record is None:
                await self._put_back(spec)
            elif spec.id not in offered and (record or not spec.weights):
                self._registry.add(with_folders(spec, self.store, record))
        await self._look_again()

    async def _look_again(self) -> None:
        """Offer endpoints with the choices whose weights are here now; the processes of before leave."""

        def looked() -> list[EndpointSpec]:
            stated = [spec for spec in self._registry.shelf.stated() if spec.further_weights]
            records = ((spec, ready(spec, self.store)) for spec in stated)
            return [with_folders(spec, self.store, record) for spec, record in records if record]

        for spec in await asyncio.to_thread(looked):
            if spec.id in self._registry.ids() and self._registry.get(spec.id).weights_at != spec.weights_at:
                self._registry.add(spec)
                self.changes += 1
                await self._service.forget(spec.id)

    async def _put_back(self, spec: EndpointSpec) -> None:
        if spec.id in self._registry.ids():
            await self._offer.withdraw(spec.id)
        self._registry.add(spec)


def asks(weights: Sequence[HubWeights]) -> str:
    """Return the sentence that asks for licences to be accepted; ``""`` where none is asked for."""
    terms = ", ".join(f"{item.repo} ({item.licence})" for item in weights)
    return f"Its weights are for non-commercial use only: {terms}." if terms else ""
