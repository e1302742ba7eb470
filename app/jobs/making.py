"""What comes of a job: what its like has brought before, or what it computes when it is its turn."""

from __future__ import annotations

import asyncio
from weakref import WeakValueDictionary

from app.backends.base import Backend, JobRequest
from app.endpoint import Outputs
from app.jobs.admission import Admission
from app.jobs.finishing import Finishing
from app.jobs.job import Job, JobState, JobUpdate
from app.jobs.repeats import Repeats


class Making:
    """Brings what jobs ask for.

    Args:
        backend: computes.
        admission: whose turn it is.
        repeats: what jobs have brought.
        finishing: what is done to it then.
    """

    def __init__(self, backend: Backend, admission: Admission, repeats: Repeats, finishing: Finishing) -> None:
        self._backend = backend
        self._admission = admission
        self._repeats = repeats
        self._finishing = finishing
        self._looking: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    async def outputs(self, job: Job, request: JobRequest) -> Outputs:
        """Return what comes of a job, whose watchers are told how far it is; cancelling this ends the computing.

        Raises:
            HarpistError: why there is nothing.
        """

        def started() -> None:
            job.publish(JobUpdate(JobState.RUNNING))

        def progress(fraction: float, said: str = "", /) -> None:
            now = job.update
            if now.state is JobState.RUNNING and (fraction > now.fraction or said not in ("", now.said)):
                job.publish(JobUpdate(JobState.RUNNING, max(fraction, now.fraction), said=said or now.said))

        if request.internal:
            return await self._backend.run(request, started, progress)
        key, known = await self._known(job, request)
        if known is not None:
            return known
        async with self._admission.turn(job, request):
            made = await self._backend.run(request, started, progress)
        made = await self._finishing.finish(made, request)
        if key:
            await asyncio.to_thread(self._repeats.keep, key, job.folder, made)
        return made

    async def _known(self, job: Job, request: JobRequest) -> tuple[str, Outputs | None]:
        """Return a job's key, and what is known of it. One caller's jobs keep their order, however long files are."""
        lock = self._looking.setdefault(job.caller.account, asyncio.Lock())
        async with lock:
            key = await asyncio.to_thread(self._repeats.key, request, job.caller)
            if not key or job.fresh:
                return key, None
            return key, await asyncio.to_thread(self._repeats.find, key, job.folder)
