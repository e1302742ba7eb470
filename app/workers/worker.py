"""One worker of a pool: a process on its way to its endpoint, and whose it is."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from app.endpoint import Watch
from app.errors import HarpistError, ModelRunError
from app.workers.files.scratch import ScratchRoot
from app.workers.messages import Load, Run
from app.workers.process import WorkerProcess
from app.workers.sandbox.terms import Sandbox
from app.workers.uncancelled import uncancelled
from app.workers.why import Why


@dataclass(frozen=True)
class Member:
    """A pool's process, as whoever watches over what workers take sees it.

    Attributes:
        pid: its number.
        idle: no job waits for it.
        allowed: bytes that it may use, beside what it starts with; 0 for no limit.
        end: ends it, and why; the error is told to whoever waits for it.
        jobs: how many it has begun; ``None`` while it is being loaded.
        name: what it is loaded with, for the log.
    """

    pid: int
    idle: bool
    allowed: int
    end: Callable[[HarpistError, Why], None]
    jobs: int | None = None
    name: str = ""


class Worker:
    """A process on its way to being loaded, or loaded, with one endpoint, and the folders that are its own.

    Attributes:
        owner: the only caller whose jobs it may run; empty until one is known, or where callers share it.
        number: which of the jobs that run at once it was started for, from 0.
        jobs: how many it has begun.
        weights: bytes of weights that it holds once it is loaded.
    """

    def __init__(
        self,
        key: str,
        load: Load,
        sandbox: Sandbox,
        scratch: ScratchRoot,
        load_timeout: float,
        ended: Callable[[Why], None],
        weights: int = 0,
    ) -> None:
        self.key = key
        self.weights = weights
        self.load = load
        self.sandbox = sandbox
        self.number = load.worker
        self.owner = ""
        self.loaded = False
        self.jobs = 0
        self._load_timeout = load_timeout
        self._scratch = scratch.new(lambda error: self.give_up(error, Why.DISK))
        self._ended = ended
        self._process: WorkerProcess | None = None
        self.loading = asyncio.create_task(self._start())
        # A failure is told to whoever waits; that nobody does is no reason for a complaint.
        self.loading.add_done_callback(lambda task: task.cancelled() or task.exception())

    async def _start(self) -> WorkerProcess:
        sandbox = await asyncio.to_thread(self._scratch.make, self.sandbox)
        self._process = process = await WorkerProcess.launch(sandbox, self._ended)
        self._scratch.pid = process.pid
        await process.load(self.load, self._load_timeout)
        self.loaded = True
        return process

    @property
    def usable(self) -> bool:
        """Whether it is loaded and alive, or still loading."""
        return not self.loading.done() if self._process is None else self._process.alive

    @property
    def pid(self) -> int | None:
        """The process's number, once it has one."""
        return None if self._process is None else self._process.pid

    async def run(self, job: Run, progress: Watch, timeout: float) -> list[Any]:
        """Run a job once the endpoint is loaded: its files are brought in before and taken out after, and none stays.

        Raises:
            HarpistError: why there are no outputs.
        """
        process = self.loading.result()
        self.jobs += 1
        try:
            records = await process.run(await asyncio.to_thread(self._scratch.bring_in, job), progress, timeout)
            return await asyncio.to_thread(self._scratch.take_out, job.job, records, Path(job.folder))
        except HarpistError as error:
            # An endpoint whose files grow no more may say anything but that.
            sentence = await asyncio.to_thread(self._scratch.excess)
            if sentence:
                raise ModelRunError(sentence) from error
            raise
        finally:
            await uncancelled(asyncio.to_thread(self._scratch.clear, job.job))

    def give_up(self, error: HarpistError, why: Why) -> None:
        """Kill the process; ``error`` says why to whoever waits for it."""
        if self._process is not None:
            self._process.give_up(error, why)

    async def end(self) -> None:
        """Kill the process, if it lives, and let go of what it had."""
        self.loading.cancel()
        await asyncio.wait({self.loading})
        if self._process is not None:
            await self._process.kill()
        await asyncio.to_thread(self._scratch.remove)
