"""Jobs on a Ray cluster, as the job service sees them."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import secrets
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from weakref import WeakValueDictionary

from app.backends.base import Census, JobRequest
from app.backends.deadline import deadline
from app.backends.local import LocalBackend, shares_workers
from app.backends.ray_cluster.cluster import Cluster
from app.backends.ray_cluster.fleet import Fleet
from app.backends.ray_cluster.manifest import Manifest, Manifests
from app.backends.ray_cluster.membership import LostError
from app.backends.ray_cluster.node_job import NodeJob
from app.backends.ray_cluster.placement import Demand
from app.backends.ray_cluster.sending import Sending
from app.backends.ray_cluster.stationed import Stationed, Terms
from app.config import Settings
from app.endpoint import Outputs, Watch
from app.errors import SettingsError, StorageError, WorkerError
from app.workers.uncancelled import uncancelled

_LOG = logging.getLogger(__name__)
_TRIES = 2
"""How often a job is begun, at most: a second time where the node was lost on which it ran."""

_READY = 5.0
"""Seconds in which a node says whether it takes jobs."""

_SENDS = 3
"""How often an endpoint is sent, at most: its files may have to go for another's at the moment when they have come."""

_NODES_OWN = (
    "device", "precision", "too_loud", "threads", "memory", "warm", "load_timeout", "job_timeout",
    "job_timeout_per_minute", "max_scratch", "require_sandbox",
)  # fmt: skip
"""The settings that concern a node; none of them is a secret."""


class RayBackend:
    """Runs callers' jobs on the nodes of a cluster, and the server's own small ones, such as previews, here.

    What writes into a folder of this machine runs here, too.

    Args:
        settings: the server's.
        idle: seconds after which a node that has nothing to do is let go.

    Raises:
        SettingsError: there is no such cluster, or no node has what a job asks for.
    """

    def __init__(self, settings: Settings, idle: float = 60.0) -> None:
        self._here = LocalBackend(settings)
        self._timeouts = settings.job_timeout, settings.job_timeout_per_minute
        self._shared = Path(settings.shared_folder).expanduser().absolute() if settings.shared_folder else None
        self._probe = self._shared / f".harpist-{secrets.token_hex(8)}" if self._shared else None
        demand = Demand(settings.ray_cpus, settings.ray_gpus, settings.memory * 2**30)
        self._cluster = Cluster(settings.ray_address)
        nodes = self._cluster.nodes()
        if not any(demand.fits(node.has) for node in nodes):
            has = ", ".join(f"{node.name}: {node.has.cpus:g} CPUs, {node.has.gpus:g} GPUs" for node in nodes)
            self._cluster.leave()
            raise SettingsError(
                f"No node of the Ray cluster has room for a job, which takes {demand.cpus:g} CPUs and "
                f"{demand.gpus:g} GPUs (the settings ray_cpus, ray_gpus and memory); there are: {has}."
            )
        own = {name: getattr(settings, name) for name in _NODES_OWN}
        own["threads"] = settings.threads or max(1, round(settings.ray_cpus))
        own["share_workers"] = "yes" if shares_workers(settings) else "no"
        terms = Terms(
            settings.ray_min,
            settings.ray_max,
            demand,
            idle,
            own,
            settings.ray_store << 20,
            str(self._probe or ""),
        )
        self._fleet = Fleet(self._cluster, terms)
        self._manifests = Manifests()
        self._sending: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()
        self._retried = 0

    async def start(self) -> None:
        """Begin to start supervisors, and return when one takes jobs.

        Raises:
            WorkerError: none does, and why.
            SettingsError: the shared folder cannot be written.
        """
        if self._probe is not None:
            try:
                self._probe.touch()
            except OSError as error:
                raise SettingsError(f"The shared folder cannot be written: {error.strerror}.") from error
        await self._here.start()
        await self._fleet.start()

    async def run(self, request: JobRequest, started: Callable[[], None], progress: Watch) -> Outputs:
        """Run one job and return its outputs; see :class:`app.backends.base.Backend`.

        Where the node is lost on which it runs, it is run once more, on another if there is one.

        Raises:
            HarpistError: with the sentence that the caller reads.
        """
        if (request.internal and not request.checked) or request.spec.writes:
            return await self._here.run(request, started, progress)
        told = Counter[str]()

        def started_once() -> None:
            told["started"] += 1
            if told["started"] == 1:
                started()

        manifest = await asyncio.to_thread(self._manifests.of, request.spec)
        avoided: set[str] = set()
        for last in (number == _TRIES for number in range(1, _TRIES + 1)):
            async with self._fleet.place(request.spec.id, avoided, beside=request.internal) as one:
                try:
                    return await self._on(one, request, manifest, started_once, progress)
                except LostError as error:
                    avoided.add(one.node.id)
                    self._fleet.gone(one, str(error))
                    if not last:
                        self._retried += 1
                        _LOG.warning("job %s is run once more: node %s was lost", request.id, one.node.name)
        raise WorkerError("The node that ran this job was lost, and so was the next one; try again later.")

    async def _on(
        self, one: Stationed, request: JobRequest, manifest: Manifest, started: Callable[[], None], progress: Watch
    ) -> Outputs:
        """Run a job on a node.

        Raises:
            HarpistError: with the sentence that the caller reads.
            LostError: the node is gone.
        """
        sending = Sending(self._cluster, one.handle)
        shared = self._shared_place(request)
        job = self._node_job(request, manifest, str(shared or ""))
        try:
            await self._send(one, sending, job, request)
            records = await sending.follow(job, started, progress)
            if shared is not None:
                return await asyncio.to_thread(sending.adopt, records, request.folder)
            return await sending.results(job, records, request.folder)
        except OSError as error:
            raise StorageError(f"The server could not keep the job’s files: {error.strerror}.") from error
        finally:
            with contextlib.suppress(LostError, StorageError, WorkerError):
                await uncancelled(sending.end(job))

    async def _send(self, one: Stationed, sending: Sending, job: NodeJob, request: JobRequest) -> None:
        for _ in range(_SENDS):
            async with self._lock(one, job.manifest):
                await sending.endpoint(job.manifest)
            if await sending.job(job, request):
                return
        raise WorkerError("The node has no room for this model beside those that it runs; try again later.")

    def _node_job(self, request: JobRequest, manifest: Manifest, shared: str) -> NodeJob:
        paths = [track.path for track in request.tracks if track is not None]
        timeout = deadline(paths, *self._timeouts) if request.timeout is None else request.timeout
        return NodeJob(
            request.id,
            request.spec,
            manifest,
            tuple(None if track is None else (track.name, str(track.path)) for track in request.tracks),
            dict(request.controls),
            request.caller,
            request.internal,
            timeout,
            request.keeps_ending,
            request.checked,
            shared,
        )

    def _shared_place(self, request: JobRequest) -> Path | None:
        """Return a folder in the job's own that nodes see, too; ``None`` where they do not."""
        paths = [request.folder, *(track.path for track in request.tracks if track is not None)]
        if self._shared is None or not all(path.absolute().is_relative_to(self._shared) for path in paths):
            return None
        place = request.folder / secrets.token_hex(8)
        place.mkdir(mode=0o700)
        return place

    def _lock(self, one: Stationed, manifest: Manifest) -> asyncio.Lock:
        """Return what keeps two jobs from sending the same files to the same node."""
        return self._sending.setdefault(f"{one.node.id} {manifest.digest}", asyncio.Lock())

    async def forget(self, endpoint_id: str) -> None:
        """Let go of what is kept ready for an endpoint, on every node."""
        await self._here.forget(endpoint_id)
        await self._fleet.everywhere("forget", endpoint_id)

    async def obstacle(self) -> str:
        """Return why no job can be begun now: the cluster is lost, or none of its nodes gives processes."""
        if told := self._fleet.obstacle:
            return told
        if not self._fleet.stationed:
            return ""
        told_by_all = await self._fleet.everywhere("obstacle", seconds=_READY)
        return min(told_by_all, key=len, default="The Ray cluster cannot run jobs now: its nodes do not answer.")

    def capacity(self) -> int:
        """Return how many jobs may run at once."""
        return self._fleet.capacity

    def census(self) -> Census:
        """Return what is at work now, on all nodes and here."""
        here, nodes = self._here.census(), tuple(self._fleet.census())
        ended = Counter(here.ended)
        for node in nodes:
            ended.update(node.census.ended)
        all_of_them = (here, *(node.census for node in nodes))
        return Census(
            sum(one.busy for one in all_of_them),
            sum(one.idle for one in all_of_them),
            sum(one.memory for one in all_of_them),
            ended,
            nodes,
            self._retried,
            dict(self._fleet.lost),
        )

    async def close(self) -> None:
        """End every job and every supervisor, and leave the cluster."""
        await self._fleet.close()
        await self._here.close()
        if self._probe is not None:
            self._probe.unlink(missing_ok=True)
