"""What stands before a job is run: the fair shares, and the queue."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager

from app.backends.base import JobRequest
from app.config import Settings
from app.endpoint import TrackFile
from app.errors import BusyError
from app.jobs.fair_queue import FairQueue
from app.jobs.job import Caller, Job, JobState, JobUpdate
from app.jobs.limits import Demand, Limits
from app.jobs.shares import OwnShares, SharesOf, nothing_of_their_own
from app.jobs.sound_length import sound_seconds
from app.jobs.waiting import waiting_words


class Admission:
    """Who may ask for what, and when it is their turn.

    Args:
        settings: the server's.
        own: what somebody has in place of these.
        slots: returns how many jobs may run at once; ``None``: as many as there are workers.

    Attributes:
        limits: how much callers may ask for.
    """

    def __init__(
        self, settings: Settings, own: OwnShares = nothing_of_their_own, slots: Callable[[], int] | None = None
    ) -> None:
        self._shares_of = SharesOf(settings, own)
        self.limits = Limits(settings, self._shares_of)
        self._slots, self._queue = slots or (lambda: settings.workers), settings.queue
        self._turns = FairQueue(self._slots)

    def admit(self, caller: Caller, tracks: Sequence[TrackFile | None], jobs: Sequence[Job]) -> float:
        """Count a job over these files; return the seconds of the longest.

        Whoever has no job here gets a place in a full queue too, else one caller could keep all others out: twice as
        many jobs wait at most.

        Args:
            caller: whose it is.
            tracks: its files.
            jobs: every caller's that has not ended.

        Raises:
            BusyError: the queue is full.
            LimitError: its caller has had a fair share.
        """
        mine = [job for job in jobs if job.caller.account == caller.account]
        slots = self._slots()
        if len(jobs) >= slots + self._queue * (1 if mine else 2):
            raise BusyError(f"The server is busy: {len(jobs) - slots} jobs wait already; try again later.")
        lengths = [sound_seconds(track.path) for track in tracks if track is not None]
        waiting = sum(job.update.state is JobState.QUEUED for job in mine)
        longest = max(lengths, default=0.0)
        self.limits.admit(Demand(caller.account, sum(lengths), longest, waiting))
        return longest

    def waiting(self) -> int:
        """Return how many jobs wait now."""
        return self._turns.waiting()

    def turn(self, job: Job, request: JobRequest) -> AbstractAsyncContextManager[None]:
        """Wait for a job's turn, and hold it; whoever watches the job is told how long that takes.

        Raises:
            SettingsError: the file of keys cannot be read.
        """

        def told(place: int, seconds: float) -> None:
            job.publish(JobUpdate(JobState.QUEUED, said=waiting_words(place, seconds)))

        speed = request.spec.speed
        seconds = job.seconds / speed if speed > 0 else 0.0
        account = job.caller.account
        return self._turns.turn(account, seconds, told, self._shares_of(account).caller_jobs)
