"""Submitting, watching and cancelling jobs: the one door to processing."""

from __future__ import annotations

import asyncio
import contextlib
import secrets
import shutil
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from app.backends.base import Backend, JobRequest
from app.config import Settings
from app.endpoint import EndpointSpec, Outputs, TrackFile
from app.errors import BusyError, NotFoundError, RequestError
from app.harp.controls import ControlValue
from app.jobs.admission import Admission
from app.jobs.deletion import Deletion
from app.jobs.ending import ending
from app.jobs.expiry import clear_for_ever, mark_used, remove_unused
from app.jobs.finishing import Finishing
from app.jobs.job import Caller, Job, JobState
from app.jobs.making import Making
from app.jobs.record import JobRecord, record_of
from app.jobs.repeats import Repeats
from app.jobs.shares import OwnShares, nothing_of_their_own
from app.jobs.unfinished import Unfinished
from app.registry import Registry
from app.shelf import check_choices
from app.workers.uncancelled import uncancelled

_INTERNAL = Caller("internal")
_FETCHING = 2.0
"""Seconds that callers get to fetch their results from a server that ends."""


class JobService:
    """Admits jobs, hands them to the backend, and keeps their files for a while.

    A job's folder goes ``settings.keep`` minutes after its last use: whoever serves a file from one calls
    :meth:`touch`. The folder of a job that fails or is cancelled goes at once. What stands before a job is run is its
    ``admission``; its ``watchers`` are told of each one that has ended, but for the server's own.
    """

    def __init__(
        self, backend: Backend, registry: Registry, settings: Settings, own: OwnShares = nothing_of_their_own
    ) -> None:
        self.admission = Admission(settings, own, backend.capacity)
        repeats = Repeats(settings)
        finishing = Finishing(settings, registry, self.run_internal)
        self._making = Making(backend, self.admission, repeats, finishing)
        self._deletion = Deletion(repeats)
        self.watchers: list[Callable[[JobRecord], None]] = []
        self.folder = settings.work / "jobs"
        self.backend = backend
        self._registry = registry
        self._settings = settings
        self._jobs: dict[str, Job] = {}
        self._tasks: dict[str, asyncio.Task[Outputs]] = {}
        self._internal: set[str] = set()
        self._ended: dict[str, float] = {}
        self._unfinished = Unfinished(settings.work)
        self.closing = False
        self._sweeper: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Start the backend and the clearing of old folders."""
        self.folder.mkdir(parents=True, exist_ok=True)
        self._unfinished.open(self.folder)
        await self.backend.start()
        self._sweeper = asyncio.create_task(clear_for_ever(self._sweep, self._settings.keep * 60.0))

    async def close(self) -> None:
        """Refuse new jobs, end those that run, and let go of everything; a second time does nothing more."""
        self.closing = True
        tasks: list[asyncio.Task[Outputs] | asyncio.Task[None]] = list(self._tasks.values())
        if self._sweeper is not None:
            tasks.append(self._sweeper)
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks)
        await self.backend.close()
        self._unfinished.close()

    async def drain(self, seconds: float) -> None:
        """Refuse new jobs, end those that wait, and let those that run go on for so long.

        The server's own, such as a model's trial, end at once: nobody will have what they would bring. Returns when
        the last of the others has ended, and :data:`_FETCHING` seconds later where one ended well, since its caller
        comes for its files only then.
        """
        self.closing = True
        running = {task for job_id, task in self._tasks.items() if job_id not in self._internal}
        for job_id, task in self._tasks.items():
            if task not in running or self._jobs[job_id].update.state is JobState.QUEUED:
                task.cancel()
        if running:
            ended, _ = await asyncio.wait(running, timeout=seconds)
            if any(not task.cancelled() and task.exception() is None for task in ended):
                await asyncio.sleep(_FETCHING)

    def submit(
        self,
        endpoint_id: str,
        caller: Caller,
        tracks: Sequence[TrackFile | None],
        controls: Mapping[str, ControlValue],
        *,
        keeps_ending: bool = False,
        fresh: bool = False,
    ) -> Job:
        """Put one process call in the queue.

        Args:
            endpoint_id: ``owner/name``.
            caller: who asks.
            tracks: one per input track of the endpoint, in order; ``None`` where an optional one is empty.
            controls: a typed value for every control, by name.
            keeps_ending: see :class:`app.backends.base.JobRequest`.
            fresh: it is computed, even if its like has just been.

        Raises:
            NotFoundError: no such endpoint, or a choice was made whose weights are not installed.
            BusyError: the queue is full, or the server is shutting down.
            LimitError: the caller has had a fair share.
            RequestError: another number of tracks than the endpoint has.
        """
        spec = self._registry.get(endpoint_id)
        if len(tracks) != len(spec.tracks):
            raise RequestError(f"{spec.card.name} expects {len(spec.tracks)} files, not {len(tracks)}.")
        check_choices(spec, controls)
        seconds = self.admission.admit(caller, tracks, self._callers_jobs())
        return self._launch(
            spec, caller, tracks, controls, internal=False, keeps_ending=keeps_ending, seconds=seconds, fresh=fresh
        )

    async def run_internal(
        self,
        spec: EndpointSpec,
        tracks: Sequence[TrackFile | None],
        *,
        timeout: float | None = None,
        controls: Mapping[str, ControlValue] | None = None,
    ) -> Outputs:
        """Run one of the server's own endpoints, such as the preview, beside the queue.

        Cancelling this coroutine ends the computing. The outputs lie in a job folder of their own, and expire with it.

        Args:
            spec: the endpoint.
            tracks: one per input track.
            timeout: seconds that it may take, loading aside; ``None``: as long as a caller's job over these files.
            controls: their values, for an endpoint on trial, whose outputs are checked as any job's; ``None`` for one
                of the server's own, which has none.

        Raises:
            HarpistError: why there are no outputs.
        """
        checked = controls is not None
        job = self._launch(spec, _INTERNAL, tracks, controls or {}, internal=True, timeout=timeout, checked=checked)
        try:
            return await job.result()
        except asyncio.CancelledError:
            await uncancelled(self.cancel(job))
            raise

    def find(self, job_id: str) -> Job:
        """Return a job by its id.

        Raises:
            NotFoundError: there is none, or it has expired.
        """
        try:
            return self._jobs[job_id]
        except KeyError:
            raise NotFoundError("There is no such job; it may have expired.") from None

    def running(self, caller: Caller, endpoint_id: str) -> Job | None:
        """Return the open job that a cancel from ``caller`` means, if it is beyond doubt."""
        return caller.meant(self.running_all(caller, endpoint_id))

    def running_all(self, caller: Caller, endpoint_id: str) -> tuple[Job, ...]:
        """Return every open job that a cancel from ``caller`` could mean, the oldest first."""
        return tuple(job for job in self.open_jobs(endpoint_id) if caller.means(job.caller))

    async def cancel(self, job: Job) -> None:
        """End a job; returns once its computing has stopped. Nothing happens to a job that has ended."""
        task = self._tasks.get(job.id)
        if task is not None:
            task.cancel()
            await asyncio.wait({task})

    async def delete(self, folder: Path) -> None:
        """Delete a folder with what was sent or what came of a job, which ends first, and previews of that.

        Raises:
            OSError: it cannot be deleted.
        """
        folders = self._deletion.beside(folder)
        for gone in folders:
            if gone.parent == self.folder and gone.name in self._jobs:
                await self.cancel(self._jobs[gone.name])
        await self._deletion.delete(folders)

    def open_jobs(self, endpoint_id: str) -> tuple[Job, ...]:
        """Return the callers' jobs on an endpoint that have not ended."""
        return tuple(job for job in self._callers_jobs() if job.endpoint_id == endpoint_id)

    async def forget(self, endpoint_id: str) -> None:
        """End what stays loaded for an endpoint; jobs that run on it go on."""
        await self.backend.forget(endpoint_id)

    def running_now(self) -> int:
        """Return how many callers' jobs compute now."""
        return sum(job.update.state is JobState.RUNNING for job in self._callers_jobs())

    def _callers_jobs(self) -> tuple[Job, ...]:
        return tuple(self._jobs[name] for name in self._tasks if name not in self._internal)

    def touch(self, path: Path) -> None:
        """Note that a file of a job is in use, so that the job's folder stays a while longer."""
        with contextlib.suppress(ValueError, OSError, IndexError):
            mark_used(self.folder / path.relative_to(self.folder).parts[0])

    def _launch(
        self,
        spec: EndpointSpec,
        caller: Caller,
        tracks: Sequence[TrackFile | None],
        controls: Mapping[str, ControlValue],
        *,
        internal: bool,
        timeout: float | None = None,
        keeps_ending: bool = False,
        checked: bool = False,
        seconds: float = 0.0,
        fresh: bool = False,
    ) -> Job:
        if self.closing:
            raise BusyError("The server is shutting down; try again later.")
        job_id = secrets.token_hex(16)
        job = Job(job_id, spec.id, caller, self.folder / job_id, seconds, fresh=fresh)
        who, checked = caller.identity, checked or not internal
        request = JobRequest(
            job_id, spec, tuple(tracks), dict(controls), job.folder, who, internal, timeout, keeps_ending, checked
        )
        self._jobs[job_id] = job
        if internal:
            self._internal.add(job_id)
            self._deletion.note(job.folder, tracks)
        task = asyncio.create_task(self._compute(job, request))
        self._tasks[job_id] = task
        task.add_done_callback(lambda done: self._settle(job, done))
        return job

    async def _compute(self, job: Job, request: JobRequest) -> Outputs:
        job.folder.mkdir(mode=0o700)
        try:
            self._unfinished.begin(job.folder)
            outputs = await self._making.outputs(job, request)
            self._unfinished.end(job.folder)
            return outputs
        except BaseException:
            await uncancelled(asyncio.to_thread(shutil.rmtree, job.folder, ignore_errors=True))
            raise

    def _settle(self, job: Job, task: asyncio.Task[Outputs]) -> None:
        """Publish how a job ended. As the task's first callback it runs before anyone who awaits the task."""
        del self._tasks[job.id]
        self._internal.discard(job.id)
        self._ended[job.id] = time.time()
        numbered = bool(self._settings.log_format)
        job.publish(ending(job, task, closing=self.closing, numbered=numbered))
        if job.caller is not _INTERNAL:
            for watch in self.watchers:
                watch(record_of(job))

    def _sweep(self, expired: float) -> None:
        """Remove the folders last used before ``expired`` (Unix time, s), earlier runs' too, and forget their jobs."""
        for job_id in self._tasks:
            with contextlib.suppress(OSError):
                mark_used(self.folder / job_id)
        remove_unused(self.folder, expired)
        for job_id, ended in list(self._ended.items()):
            if ended < expired and not self._jobs[job_id].folder.exists():
                self._deletion.forget(self._jobs[job_id].folder)
                del self._jobs[job_id], self._ended[job_id]
