"""Warm workers: who gets which, who waits, who leaves."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, replace
from itertools import count
from typing import Any

from app.endpoint import Watch
from app.errors import BusyError, HarpistError
from app.workers.files.scratch import ScratchRoot
from app.workers.messages import Load, Run
from app.workers.sandbox.terms import Sandbox
from app.workers.why import Why, told_nobody
from app.workers.worker import Member, Worker

_CLOSING = "The server is shutting down; try again later."


@dataclass(frozen=True)
class PoolLimits:
    """What a pool allows.

    Attributes:
        workers: jobs that run at once, each in a process of its own.
        load_timeout: seconds that building an endpoint may take.
        warm: idle processes that stay loaded, at most.
        cores: processor cores that the jobs which run share evenly, each as it starts; 0 leaves every worker the
            threads that it was loaded with.
        weights: bytes of weights that idle processes may hold together; 0 for any number.
    """

    workers: int
    load_timeout: float
    warm: int = 8
    cores: int = 0
    weights: int = 0


class WorkerPool:
    """Runs jobs in workers that stay loaded.

    Jobs start in the order in which they came. The worker that holds the right endpoint is taken; else a new one is
    started. Where more are idle than :attr:`PoolLimits.warm`, one that is bound to another caller leaves first, then
    the one that has been idle longest; where they hold more weights than :attr:`PoolLimits.weights`, the one with
    weights that has been idle longest. A worker that had to be killed, or crashed, is replaced in the background, so
    that its endpoint is warm again.

    A worker that ran a job for an owner runs jobs of that owner only: it may have kept what it was given.

    Args:
        limits: what is allowed.
        scratch: where workers have their folders.
        ended: told why, of each process that is gone.
    """

    def __init__(self, limits: PoolLimits, scratch: ScratchRoot, ended: Callable[[Why], None] = told_nobody) -> None:
        self._limits = limits
        self._scratch = scratch
        self._ended = ended
        self._running = 0
        self._waiting: deque[asyncio.Future[None]] = deque()
        self._idle: list[Worker] = []
        self._busy: set[Worker] = set()
        self._leaving: set[Worker] = set()
        self._ending: set[asyncio.Task[None]] = set()
        self._closed = False

    async def run(
        self,
        key: str,
        load: Load,
        sandbox: Sandbox,
        job: Run,
        started: Callable[[], None],
        progress: Watch,
        *,
        timeout: float,
        owner: str = "",
        weights: int = 0,
    ) -> list[dict[str, Any]]:
        """Run ``job`` on the endpoint that ``load`` builds, and return its outputs as the worker named them.

        Args:
            key: what a worker is warm for; jobs of one key share workers.
            load: how to build the endpoint.
            sandbox: what its process may still do.
            job: what to do.
            started: called when the job leaves the queue.
            progress: called with the share that is done, 0 to 1, and with what is being done.
            timeout: seconds that the job may take, loading aside.
            owner: whose job it is; empty where all callers share workers.
            weights: bytes of weights that a worker holds from this job on.

        Raises:
            HarpistError: why there are no outputs.
        """
        await self._admit()
        try:
            started()
            worker = self._pick(key, load, sandbox, owner, weights)
            try:
                # Loading goes on when the job is cancelled meanwhile: the next one finds a warm worker.
                await asyncio.shield(worker.loading)
                share = replace(job, threads=max(1, self._limits.cores // self._running)) if self._limits.cores else job
                worker.owner = owner
                return await worker.run(share, progress, timeout)
            except asyncio.CancelledError:
                if self._closed and worker.loading.cancelled():
                    raise BusyError(_CLOSING) from None
                raise
            finally:
                self._give_back(worker, owner)
        finally:
            self._leave()

    def forget(self, wanted: Callable[[str], bool]) -> None:
        """End the idle workers whose key is ``wanted``; one that runs a job ends after it."""
        for worker in [worker for worker in self._idle if wanted(worker.key)]:
            self._drop(worker)
        self._leaving |= {worker for worker in self._busy if wanted(worker.key)}

    async def close(self) -> None:
        """End every process; jobs that still wait or run fail."""
        self._closed = True
        for turn in self._waiting:
            if not turn.done():
                turn.set_exception(BusyError(_CLOSING))
        self._waiting.clear()
        for worker in (*self._idle, *self._busy):
            self._end(worker)
        self._idle.clear()
        while self._ending:
            await asyncio.wait(self._ending)

    @property
    def members(self) -> list[Member]:
        """Every process."""

        def leave(worker: Worker) -> Callable[[HarpistError, Why], None]:
            def end(error: HarpistError, why: Why) -> None:
                worker.give_up(error, why)
                if worker in self._idle:
                    self._drop(worker)

            return end

        return [
            Member(
                worker.pid,
                worker in self._idle,
                worker.sandbox.memory,
                leave(worker),
                worker.jobs if worker.loaded else None,
                worker.load.arguments.get("id", worker.load.factory),
            )
            for worker in (*self._idle, *self._busy)
            if worker.pid is not None and worker.usable
        ]

    @property
    def warm(self) -> list[str]:
        """The keys of the workers that are loaded and idle, the one that waits longest first."""
        return [worker.key for worker in self._idle if worker.loaded and worker.usable]

    async def _admit(self) -> None:
        """Wait for this job's turn: at most ``workers`` jobs are past this point."""
        if self._closed:
            raise BusyError(_CLOSING)
        if self._running < self._limits.workers and not self._waiting:
            self._running += 1
            return
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append(turn)
        try:
            await turn
        except asyncio.CancelledError:
            if turn.done() and not turn.cancelled() and turn.exception() is None:
                self._leave()
            elif turn in self._waiting:
                self._waiting.remove(turn)
            raise

    def _leave(self) -> None:
        """Give this job's place to the one that waits longest."""
        while self._waiting:
            turn = self._waiting.popleft()
            if not turn.done():
                turn.set_result(None)
                return
        self._running -= 1

    def _pick(self, key: str, load: Load, sandbox: Sandbox, owner: str, weights: int) -> Worker:
        for worker in [worker for worker in self._idle if not worker.usable]:
            self._drop(worker)
        running = {worker.number for worker in self._busy}
        mine = [worker for worker in self._idle if worker.key == key and worker.owner in ("", owner)]
        if mine:
            # One's own before one that anybody could take; then one whose GPU nobody else is using.
            worker = max(mine, key=lambda one: (one.loaded, bool(one.owner), one.number not in running))
            worker.weights = weights
            self._idle.remove(worker)
        else:
            worker = self._new(key, load, sandbox, weights)
        self._busy.add(worker)
        return worker

    def _new(self, key: str, load: Load, sandbox: Sandbox, weights: int) -> Worker:
        """Start a worker under the lowest number that no running job's worker has."""
        taken = {worker.number for worker in self._busy}
        number = next(number for number in count() if number not in taken)
        load = replace(load, worker=number)
        return Worker(key, load, sandbox, self._scratch, self._limits.load_timeout, self._ended, weights)

    def _give_back(self, worker: Worker, owner: str) -> None:
        self._busy.discard(worker)
        leaving = worker in self._leaving
        self._leaving.discard(worker)
        if worker.usable and not self._closed and not leaving:
            self._idle.append(worker)
        else:
            self._end(worker)
            if worker.loaded and not self._closed and not leaving and self._limits.warm:
                self._idle.append(self._new(worker.key, worker.load, worker.sandbox, worker.weights))
        while len(self._idle) > self._limits.warm:
            self._drop(next((other for other in self._idle if other.owner not in ("", owner)), self._idle[0]))
        self._shed_weights()

    def _shed_weights(self) -> None:
        """End those that hold too many weights, but never the one that ran last."""
        heavy = [worker for worker in self._idle if worker.weights]
        while self._limits.weights and len(heavy) > 1 and sum(one.weights for one in heavy) > self._limits.weights:
            self._drop(heavy.pop(0))

    def _drop(self, worker: Worker) -> None:
        self._idle.remove(worker)
        self._end(worker)

    def _end(self, worker: Worker) -> None:
        task = asyncio.create_task(worker.end())
        self._ending.add(task)
        task.add_done_callback(self._ending.discard)
