"""What is told of a job that has ended: never its sound, its files' names, or where its caller sits."""

from __future__ import annotations

import contextlib
import json
import sys
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import datetime, timezone

from app.errors import (
    AccessError,
    DeadlineError,
    HubError,
    InputError,
    JobCancelledError,
    ModelError,
    StorageError,
    WorkerCrashError,
    WorkerError,
)
from app.jobs.job import Job

_OUTCOMES = (
    (JobCancelledError, "cancelled"),
    (DeadlineError, "too long"),
    (WorkerCrashError, "crash"),
    (WorkerError, "server"),
    (ModelError, "model"),
    (InputError, "input"),
    (StorageError, "disk"),
    (HubError, "hub"),
    (AccessError, "refused"),
)
OUTCOMES = ("done", "repeated", *(name for _, name in _OUTCOMES), "other")
"""How a job can end; the words of the log and of the metrics. What is repeated was brought by an earlier job."""


@dataclass(frozen=True)
class JobRecord:
    """One job that has ended.

    Attributes:
        job: its number, which stands in the error that its caller reads, too.
        endpoint: ``owner/name``.
        caller: the name of the key or the account; ``""`` where everybody is let in.
        outcome: one of :data:`OUTCOMES`.
        sound: seconds of its longest file.
        waited: seconds in the queue.
        computed: seconds after that, loading included; 0 where it never came to that.
    """

    job: str
    endpoint: str
    caller: str
    outcome: str
    sound: float
    waited: float
    computed: float


def record_of(job: Job) -> JobRecord:
    """Return what is told of a job."""
    times, error = job.times, job.update.error
    # What was known from an earlier job was never computed.
    outcome = "done" if times.began else "repeated"
    if error is not None:
        outcome = next((name for kind, name in _OUTCOMES if isinstance(error, kind)), "other")
    waited = (times.began or times.ended) - times.came
    computed = times.ended - times.began if times.began else 0.0
    seconds = (round(value, 3) for value in (job.seconds, waited, computed))
    return JobRecord(job.number, job.endpoint_id, job.caller.name, outcome, *seconds)


def log_line(record: JobRecord, *, as_json: bool) -> str:
    """Return a record as one line, with the time (UTC)."""
    now = datetime.now(timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
    if as_json:
        return json.dumps({"time": now, **asdict(record)}, ensure_ascii=False)
    who = f" for {record.caller}" if record.caller else ""
    return (
        f"{now} job {record.job} on {record.endpoint}{who}: {record.outcome}; {record.sound:g} s of sound, "
        f"waited {record.waited:g} s, computed {record.computed:g} s"
    )


def job_log(*, as_json: bool) -> Callable[[JobRecord], None]:
    """Return what writes a line for each job on standard error, for as long as somebody reads there."""

    def write(record: JobRecord) -> None:
        with contextlib.suppress(OSError, ValueError):
            print(log_line(record, as_json=as_json), file=sys.stderr, flush=True)

    return write
