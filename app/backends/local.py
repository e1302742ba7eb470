"""Jobs in worker processes on this machine."""

from __future__ import annotations

import asyncio
import ipaddress
import json
import os
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from urllib.parse import urlsplit

from app.backends.base import Census, JobRequest
from app.backends.deadline import deadline
from app.backends.outputs import check_outputs
from app.backends.proof import MIDI, SOUND, prove
from app.backends.sounds import promise
from app.config import Settings
from app.endpoint import EndpointSpec, Outputs, Watch
from app.errors import AccessError
from app.workers.files.scratch import ScratchRoot
from app.workers.idle_watch import IdleWatch, processor_time
from app.workers.launcher import can_launch, prepare
from app.workers.memory_watch import (
    MemoryWatch,
    available_memory,
    default_memory,
    memory_of,
    memory_of_fork_server,
    total_memory,
)
from app.workers.messages import Load, Run
from app.workers.pool import PoolLimits, WorkerPool
from app.workers.sandbox.layers import layers, refusal
from app.workers.sandbox.terms import Sandbox
from app.workers.why import Why

_NO_PROCESS = "The machine gives no process for a model; perhaps it has too many, or no memory left."
_TRY_EVERY = 5.0
"""Seconds between two tries whether the system gives processes."""


class LocalBackend:
    """Runs ``settings.workers`` jobs at once, and beside them two of the server's own, such as a preview.

    Workers stay loaded with their endpoint, those with weights while all weights fit into half of what one worker may
    use. Each may use ``settings.memory``, or any amount on a GPU, as long as the machine has enough.
    """

    def __init__(self, settings: Settings) -> None:
        self._workers = settings.workers
        self._device = settings.device
        self._precision = settings.precision
        self._too_loud = settings.too_loud
        self._threads = settings.threads or max(1, _cores() // settings.workers)
        self._timeouts = settings.job_timeout, settings.job_timeout_per_minute
        self._shared = shares_workers(settings)
        self._memory = int(settings.memory * 2**30) or default_memory()
        self._refusal = refusal() if settings.require_sandbox else ""
        self._sandbox = Sandbox(memory=self._memory, expects=tuple(layer.name for layer in layers() if layer.active))
        limits = PoolLimits(settings.workers, settings.load_timeout, settings.warm, weights=self._memory // 2)
        # A job that is alone gets every core; one that comes beside it gets its share, and threads too many cost
        # little, since they do not spin (see app.workers.preload).
        self._scratch = ScratchRoot(settings.work / "workers", settings.max_scratch << 20)
        self._ended: Counter[str] = Counter({why.value: 0 for why in Why})
        shared = replace(limits, cores=0 if settings.threads else _cores())
        self._pool = WorkerPool(shared, self._scratch, self._count)
        # One may be taken up by a model on trial for minutes.
        self._internal = WorkerPool(replace(limits, workers=2, warm=1), self._scratch, self._count)
        self._readers = WorkerPool(replace(limits, warm=1), self._scratch, self._count)
        self._pools = self._pool, self._internal, self._readers
        memory = MemoryWatch(
            lambda: [member for pool in self._pools for member in pool.members],
            available_memory,
            total_memory(),
            memory_of_fork_server,
        )
        idle = IdleWatch(lambda: [member for pool in self._pools for member in pool.members], processor_time)
        self._watchers = memory.run, idle.run, self._scratch.watch
        self._watching: list[asyncio.Task[None]] = []
        self._gives, self._tried, self._trying = True, -_TRY_EVERY, asyncio.Lock()

    async def start(self) -> None:
        """Begin to get the fork server ready: importing torch takes seconds, which the first job need not wait for."""
        prepare()
        await asyncio.to_thread(self._scratch.open)
        self._watching = [asyncio.create_task(watch()) for watch in self._watchers]

    async def run(self, request: JobRequest, started: Callable[[], None], progress: Watch) -> Outputs:
        """Run one job and return its outputs; cancelling this coroutine ends the computing within a second.

        Args:
            request: the job.
            started: called once, when the job leaves the queue and computing begins.
            progress: called with the share that is done, 0 to 1, and with what is being done.

        Raises:
            HarpistError: with the sentence that the caller reads.
        """
        spec = request.spec
        if self._refusal and not spec.is_ours:
            raise AccessError(self._refusal)
        pool = self._internal if request.internal else self._pool
        load = Load(
            spec.factory,
            dict(spec.arguments),
            self._device,
            self._threads,
            self._precision,
            weights=dict(spec.weights_at),
        )
        tracks = [None if track is None else [str(track.path), track.name] for track in request.tracks]
        sandbox = replace(
            self._sandbox,
            readable=(*spec.reads, *spec.weights_at.values()),
            writable=spec.writes,
            permits=spec.permits,
            works_in=spec.works_in,
        )
        # Nobody's job gets a worker of its own.
        owner = "" if spec.is_ours or self._shared else request.caller or request.id
        paths = [track.path for track in request.tracks if track is not None]
        # Read here and now, since jobs must reach the queue in the order in which they came.
        timeout = deadline(paths, *self._timeouts) if request.timeout is None else request.timeout
        promised = promise(spec, request.tracks, request.folder, self._too_loud)
        too_loud = promised.too_loud(request, self._too_loud)
        job = Run(request.id, tracks, str(request.folder), dict(request.controls), too_loud=too_loud)
        records = await pool.run(
            _key(spec),
            load,
            sandbox,
            job,
            started,
            progress,
            timeout=timeout,
            owner=owner,
            weights=sum(item.size for item in spec.weights_for(request.controls)) if spec.weights_at else 0,
        )
        checked = await asyncio.to_thread(check_outputs, records, spec if request.checked else None, promised)
        for reader, unproven in ((SOUND, checked.unproven), (MIDI, checked.midi)):
            if unproven and not spec.is_ours:
                await prove(
                    self._readers,
                    job.job,
                    unproven,
                    request.folder,
                    reader=reader,
                    sandbox=self._sandbox,
                    timeout=timeout,
                )
        return checked.outputs

    async def forget(self, endpoint_id: str) -> None:
        """End the workers that stay loaded with an endpoint; one that runs a job ends after it."""
        for pool in (self._pool, self._internal):
            pool.forget(lambda key: json.loads(key)[0].partition("#")[0] == endpoint_id)

    async def obstacle(self) -> str:
        """Return why the system gives no processes, where it gives none; within seconds, the same is told again."""
        async with self._trying:
            if time.monotonic() - self._tried > _TRY_EVERY:
                self._gives, self._tried = await can_launch(), time.monotonic()
            return "" if self._gives else _NO_PROCESS

    def capacity(self) -> int:
        """Return how many callers' jobs may run at once."""
        return self._workers

    def census(self) -> Census:
        """Return what is at work now, the server's own processes among it."""
        members = [member for pool in self._pools for member in pool.members]
        idle = sum(member.idle for member in members)
        memory = sum(memory_of(member.pid) for member in members)
        return Census(len(members) - idle, idle, memory, dict(self._ended))

    def warm_endpoints(self) -> tuple[str, ...]:
        """Return the ids of the endpoints for which callers' workers wait, loaded."""
        return tuple(dict.fromkeys(json.loads(key)[0].partition("#")[0] for key in self._pool.warm))

    def _count(self, why: Why) -> None:
        self._ended[why.value] += 1

    async def close(self) -> None:
        """End every worker."""
        for pool in self._pools:
            await pool.close()
        for task in self._watching:
            task.cancel()
        await asyncio.to_thread(self._scratch.close)


def shares_workers(settings: Settings) -> bool:
    """Whether callers may share a worker that may keep what it was given.

    Where nobody said so, only on a user's own machine: the server listens there alone, and no proxy is declared.
    """
    if settings.share_workers != "auto":
        return settings.share_workers == "yes"
    if settings.trusted_proxy or settings.allow_host:
        return False
    public = urlsplit(settings.public_url).hostname if settings.public_url else settings.host
    return is_local(settings.host) and is_local(public or "")


def is_local(host: str) -> bool:
    """Whether only this machine reaches a host."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _key(spec: EndpointSpec) -> str:
    """What a worker is warm for: the endpoint, and how it is built, since a model can be replaced under its id."""
    built = sorted(spec.arguments.items()), sorted(spec.weights_at.items())
    return json.dumps([spec.id, spec.factory, *built, spec.is_ours, spec.permits])


def _cores() -> int:
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
