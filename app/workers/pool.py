"""Warm workers: who gets which, who waits, who leaves."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, replace
from itertools import count
from typing import Any

from app.errors import BusyError
from app.workers.messages import Load, Run
from app.workers.process import WorkerProcess
from app.workers.sandbox import Sandbox

_CLOSING = "The server is shutting down; try again later."


@dataclass(frozen=True)
class PoolLimits:
    """What a pool allows.

    Attributes:
        workers: processes at most, warm idle ones included; so many jobs run at once.
        load_timeout: seconds that building an endpoint may take.
        job_timeout: seconds that a job may take.
        memory: bytes that a process may use; 0 for no limit.
        cores: processor cores that the jobs which run share evenly, each as it starts; 0 leaves every worker the
            threads that it was loaded with.
    """

    workers: int
    load_timeout: float
    job_timeout: float
    memory: int = 0
    cores: int = 0


class _Worker:
    """A process on its way to being loaded, or loaded, with one endpoint."""

    def __init__(self, key: str, load: Load, limits: PoolLimits) -> None:
        self.key = key
        self.load = load
        self.number = load.worker
        self._limits = limits
        self._process: WorkerProcess | None = None
        self.loading = asyncio.create_task(self._start())
        # A failure is told to whoever waits; that nobody does is no reason for a complaint.
        self.loading.add_done_callback(lambda task: task.cancelled() or task.exception())

    async def _start(self) -> WorkerProcess:
        process = await WorkerProcess.launch(Sandbox(memory=self._limits.memory))
        await process.load(self.load, self._limits.load_timeout)
        self._process = process
        return process

    @property
    def usable(self) -> bool:
        """Whether it is loaded and alive, or still loading."""
        return not self.loading.done() if self._process is None else self._process.alive

    @property
    def loaded(self) -> bool:
        return self._process is not None

    async def end(self) -> None:
        self.loading.cancel()
        await asyncio.wait({self.loading})
        if self._process is not None:
            await self._process.kill()


class WorkerPool:
    """Runs jobs in workers that stay loaded.

    Jobs start in the order in which they came. The worker that holds the right endpoint is taken; else a new one is
    started, for which the one that has been idle longest leaves when there are :attr:`PoolLimits.workers` already.
    A worker that had to be killed, or crashed, is replaced in the background, so that its endpoint is warm again.
    """

    def __init__(self, limits: PoolLimits) -> None:
        self._limits = limits
        self._running = 0
        self._waiting: deque[asyncio.Future[None]] = deque()
        self._idle: list[_Worker] = []
        self._busy: set[_Worker] = set()
        self._ending: set[asyncio.Task[None]] = set()
        self._closed = False

    async def run(
        self, key: str, load: Load, job: Run, started: Callable[[], None], progress: Callable[[float], None]
    ) -> list[dict[str, Any]]:
        """Run ``job`` on the endpoint that ``load`` builds, and return its outputs as the worker named them.

        Args:
            key: what a worker is warm for; jobs of one key share workers.
            load: how to build the endpoint.
            job: what to do.
            started: called when the job leaves the queue.
            progress: called with the share that is done, 0 to 1.

        Raises:
            HarpistError: why there are no outputs.
        """
        await self._admit()
        try:
            started()
            worker = self._pick(key, load)
            try:
                # Loading goes on when the job is cancelled meanwhile: the next one finds a warm worker.
                process = await asyncio.shield(worker.loading)
                share = replace(job, threads=max(1, self._limits.cores // self._running)) if self._limits.cores else job
                return await process.run(share, progress, self._limits.job_timeout)
            except asyncio.CancelledError:
                if self._closed and worker.loading.cancelled():
                    raise BusyError(_CLOSING) from None
                raise
            finally:
                self._give_back(worker)
        finally:
            self._leave()

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
            else:
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

    def _pick(self, key: str, load: Load) -> _Worker:
        for worker in [worker for worker in self._idle if not worker.usable]:
            self._idle.remove(worker)
            self._end(worker)
        mine = [worker for worker in self._idle if worker.key == key]
        if mine:
            worker = max(mine, key=lambda one: one.loaded)
            self._idle.remove(worker)
        else:
            if len(self._idle) + len(self._busy) >= self._limits.workers:
                self._end(self._idle.pop(0))
            worker = self._new(key, load)
        self._busy.add(worker)
        return worker

    def _new(self, key: str, load: Load) -> _Worker:
        """Start a worker under the lowest number that is free."""
        taken = {worker.number for worker in (*self._idle, *self._busy)}
        number = next(number for number in count() if number not in taken)
        return _Worker(key, replace(load, worker=number), self._limits)

    def _give_back(self, worker: _Worker) -> None:
        self._busy.discard(worker)
        if self._closed:
            self._end(worker)
        elif worker.usable:
            self._idle.append(worker)
        elif worker.loaded and not self._waiting:
            self._idle.append(self._new(worker.key, worker.load))

    def _end(self, worker: _Worker) -> None:
        task = asyncio.create_task(worker.end())
        self._ending.add(task)
        task.add_done_callback(self._ending.discard)
