"""How a job ended, from the task that ran it."""

from __future__ import annotations

import asyncio
import logging

from app.endpoint import Outputs
from app.errors import HarpistError, JobCancelledError, WorkerError
from app.jobs.job import Job, JobState, JobUpdate

log = logging.getLogger(__name__)


def ending(job: Job, task: asyncio.Task[Outputs], *, closing: bool, numbered: bool) -> JobUpdate:
    """Return the last look at a job.

    Args:
        job: the job.
        task: ran it, and is done.
        closing: the server ends.
        numbered: a failure begins with the job's number, by which the operator finds it in the log; HARP 4 shows
            200 letters.
    """
    if task.cancelled():
        reason = "The server was stopped." if closing else "The job was cancelled."
        return JobUpdate(JobState.CANCELLED, error=JobCancelledError(reason))
    error = task.exception()
    if error is None:
        return JobUpdate(JobState.DONE, 1.0, outputs=task.result())
    if not isinstance(error, HarpistError):
        log.error("job %s on %s failed inside the server", job.number, job.endpoint_id, exc_info=error)
        if isinstance(error, OSError):
            error = WorkerError("The server could not store the result; its disk may be full.")
        else:
            error = WorkerError("The server failed on this job; its log says why.")
    if numbered:
        error.message = f"Job {job.number}: {error.message}"
    return JobUpdate(JobState.FAILED, job.update.fraction, error=error)
