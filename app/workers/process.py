"""One worker process as the server sees it: start, load, run, cancel, kill, and hear of its end."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import signal
import sys
import threading
import time
from collections.abc import Callable
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from typing import Any

from app.endpoint import Watch
from app.errors import DeadlineError, HarpistError, JobCancelledError, ModelRunError, WorkerCrashError, error_kinds
from app.workers.launcher import LAUNCHER, launch
from app.workers.messages import (
    LONGEST_RECORD,
    BrokenRecordError,
    Cancel,
    Failed,
    Finished,
    Load,
    Message,
    Progressed,
    Ready,
    Run,
    decode,
    encode,
)
from app.workers.one_line import one_line
from app.workers.sandbox.terms import Sandbox
from app.workers.sentences import crash_sentence
from app.workers.uncancelled import uncancelled
from app.workers.why import Why, told_nobody

_LOG = logging.getLogger(__name__)

_SAID = 100
"""Characters of what a job says of its progress."""

GRACE = 0.3
"""Seconds that a job may take to stop when it is asked to; then its process is killed."""


class WorkerProcess:
    """A child process that holds one endpoint and runs one job at a time. Made by :meth:`launch`.

    Args:
        process: itself, started.
        connection: to it.
        ended: told why, once it is gone.
    """

    def __init__(self, process: BaseProcess, connection: Connection, ended: Callable[[Why], None]) -> None:
        self._process = process
        self._pid = process.pid
        self._sentinel = process.sentinel
        self._connection = connection
        self._loop = asyncio.get_running_loop()
        self._job = ""
        self._reply: asyncio.Future[Ready | Finished | Failed | None] | None = None
        self._progress: Watch | None = None
        self._killed = False
        self._broken = False
        self._left = False  # by itself, before anybody killed it
        self._verdict: HarpistError | None = None
        self._why: Why | None = None
        self._tell_why = ended
        self._exit_code: int | None = None
        self._ended: asyncio.Future[None] = self._loop.create_future()
        self._reaping: asyncio.Task[None] | None = None
        self._reader = threading.Thread(target=self._read, name="worker-reader", daemon=True)
        self._reader.start()

    @classmethod
    async def launch(cls, sandbox: Sandbox, ended: Callable[[Why], None] = told_nobody) -> WorkerProcess:
        """Start a process on the terms of ``sandbox``; ``ended`` is told why, once it is gone.

        Raises:
            WorkerCrashError: the system gave no process.
        """
        process, connection = await launch(sandbox)
        return cls(process, connection, ended)

    @property
    def pid(self) -> int | None:
        """The process's number."""
        return self._pid

    @property
    def alive(self) -> bool:
        """Whether it can take a job: neither dead nor about to die."""
        return not (self._killed or self._broken or self._ended.done() or self._reaping is not None)

    async def load(self, load: Load, timeout: float) -> None:
        """Have the endpoint built, within ``timeout`` seconds; the process ends when that fails.

        Raises:
            HarpistError: why it could not be.
        """
        try:
            reply = self._send("", load)
            done, _ = await asyncio.wait({reply}, timeout=timeout)
            if not done:
                raise DeadlineError(
                    f"The model was given up: loading took longer than {timeout:g} s (the setting load_timeout)."
                )
            answer = reply.result()
            if not isinstance(answer, Ready):
                raise self._error(answer)
        except BaseException as error:
            if isinstance(error, HarpistError):
                self._why = self._why or Why.LOADING
            await uncancelled(self.kill())
            raise
        self._reply = None
        if answer.notice:
            _LOG.warning("%s", one_line(answer.notice))

    async def run(self, run: Run, progress: Watch, timeout: float) -> list[dict[str, Any]]:
        """Run one job, within ``timeout`` seconds, and return its outputs as :class:`Finished` has them.

        Cancelling this coroutine asks the job to stop, and kills the process when it does not within :data:`GRACE`;
        so does the timeout.

        Raises:
            HarpistError: why there are no outputs.
        """
        reply = self._send(run.job, run)
        self._progress = progress
        try:
            done, _ = await asyncio.wait({reply}, timeout=timeout)
            if not done:
                await uncancelled(self._stop_job(Why.TOO_LONG))
                raise DeadlineError(f"The job was stopped: longer than {timeout:g} s.")
        except asyncio.CancelledError:
            await uncancelled(self._stop_job(Why.CANCELLED))
            raise
        finally:
            self._progress = None
            self._reply = None
        answer = reply.result()
        if not isinstance(answer, Finished):
            raise self._error(answer)
        return answer.outputs

    async def kill(self) -> None:
        """End the process and everything that it started; returns once it is gone."""
        self._kill_now()
        await asyncio.shield(self._ended)

    def give_up(self, error: HarpistError, why: Why) -> None:
        """Kill the process from outside its job; ``error`` is what the job's caller reads."""
        if self.alive:
            self._verdict, self._why = error, why
            self._kill_now()

    def _send(self, job: str, message: Load | Run) -> asyncio.Future[Ready | Finished | Failed | None]:
        self._job = job
        self._reply = self._loop.create_future()
        if not self.alive:
            self._reply.set_result(None)
            return self._reply
        # A process that dies now is noticed by the reader, which settles the reply.
        with contextlib.suppress(OSError):
            self._connection.send_bytes(encode(message))
        return self._reply

    async def _stop_job(self, why: Why) -> None:
        reply = self._reply
        if reply is None or reply.done():
            return
        with contextlib.suppress(OSError):
            self._connection.send_bytes(encode(Cancel(self._job)))
        await asyncio.wait({reply}, timeout=GRACE)
        if not reply.done():
            self._why = self._why or why
            await self.kill()

    def _error(self, answer: Ready | Finished | Failed | None) -> HarpistError:
        if isinstance(answer, Failed):
            kind = error_kinds().get(answer.kind, ModelRunError)
            if kind is JobCancelledError:
                kind = ModelRunError
            return kind(one_line(answer.message))
        if self._verdict is not None:
            return self._verdict
        if self._broken or answer is not None:
            return WorkerCrashError("The model’s process sent something that is no answer, and was ended.")
        if self._killed:
            return WorkerCrashError("The server ended the model’s process.")
        return WorkerCrashError(crash_sentence(self._exit_code))

    def _reason(self) -> Why:
        if self._why is not None:
            return self._why
        if self._broken:
            return Why.NO_ANSWER
        return Why.CRASH if self._left else Why.NOT_NEEDED

    def _kill_now(self) -> None:
        self._killed = True
        if self._ended.done() or self._reaping is not None or self._pid is None:
            return
        if sys.platform == "win32":
            self._process.kill()
            return
        # The child leads a group of its own from its first moments on.
        with contextlib.suppress(OSError):
            os.killpg(self._pid, signal.SIGKILL)
        with contextlib.suppress(OSError):
            os.kill(self._pid, signal.SIGKILL)

    def _take(self, message: Message) -> None:
        """Act on a record, in the event loop."""
        if isinstance(message, Progressed):
            if message.job == self._job and self._progress is not None:
                fraction, said = min(max(float(message.fraction), 0.0), 1.0), one_line(message.said)[:_SAID]
                self._progress(fraction, said) if said else self._progress(fraction)
            return
        reply = self._reply
        expected = (Finished, Failed) if self._job else (Ready, Failed)
        fits = isinstance(message, expected) and getattr(message, "job", "") == self._job
        if fits and reply is not None and not reply.done() and isinstance(message, (Ready, Finished, Failed)):
            reply.set_result(message)
        else:
            self._broken = True
            self._kill_now()

    def _read(self) -> None:
        """Wait for records on a thread of its own, and for the end of the process."""
        reported = 0.0
        while True:
            if self._connection not in wait([self._connection, self._sentinel]):
                break
            try:
                message = decode(self._connection.recv_bytes(LONGEST_RECORD))
            except BrokenRecordError:
                self._broken = True
                break
            except (EOFError, OSError):
                break
            if isinstance(message, Progressed):
                # A flood of progress must not fill the event loop's memory.
                if time.monotonic() - reported < 0.02:
                    continue
                reported = time.monotonic()
            self._post(self._take, message)
        self._post(self._begin_reaping)

    def _post(self, call: Callable[..., None], *arguments: object) -> None:
        with contextlib.suppress(RuntimeError):  # the event loop is closed: nobody is left to tell
            self._loop.call_soon_threadsafe(call, *arguments)

    def _begin_reaping(self) -> None:
        self._left = not self._killed
        if self._broken:
            self._kill_now()
        self._reaping = self._loop.create_task(self._reap())

    async def _reap(self) -> None:
        try:
            self._exit_code = await self._loop.run_in_executor(LAUNCHER, self._join)
        finally:
            self._connection.close()
            if self._reply is not None and not self._reply.done():
                self._reply.set_result(None)
            if not self._ended.done():
                self._ended.set_result(None)
                self._tell_why(self._reason())

    def _join(self) -> int | None:
        """Return the exit code of a process whose pipe has ended; one that lingers without its pipe is killed."""
        if not wait([self._sentinel], 0.5):
            self._broken = True
            self._process.kill()
        self._process.join(5)
        exit_code = self._process.exitcode
        with contextlib.suppress(ValueError):
            self._process.close()
        return exit_code
