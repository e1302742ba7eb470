"""Events: a call answers with an event's id, and whoever knows the id fetches what comes of it."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Coroutine
from contextlib import ExitStack
from dataclasses import dataclass, field

from app.endpoint import TrackFile
from app.errors import HarpistError, NotFoundError
from app.jobs.job import Job
from app.jobs.service import JobService

EXPIRY = 60.0
"""Seconds that an event waits for someone to fetch it; then its job is cancelled."""
CANCEL_PATIENCE = 0.5
"""Seconds that a cancel waits for its answer to be fetched, before it ends the job regardless."""
CANCEL_DELAY = 0.1
"""Seconds between a cancel's answer and the end of its job: HARP 3 must read the answer first."""
_MOST = 10_000


@dataclass(eq=False)
class Event:
    """What one call came to.

    Attributes:
        id: unguessable.
        call: the API name, ``controls``, ``process`` or ``cancel``.
        endpoint_id: the endpoint that was called.
        job: the job that was submitted, or that is to be cancelled.
        error: why there is none.
        display: the file of the caller's that goes back with the labels, for them to be drawn on.
        resources: let go of when the event goes.
        owner: who may fetch it; ``""`` for whoever knows its id, which is all that tells where everybody is let in.
    """

    id: str
    call: str
    endpoint_id: str
    job: Job | None = None
    error: HarpistError | None = None
    display: TrackFile | None = None
    resources: ExitStack = field(default_factory=ExitStack)
    owner: str = ""
    watchers: int = 0
    timer: asyncio.TimerHandle | None = None


class EventStore:
    """Every event that may still be fetched. What nobody fetches ends here, and with it its job."""

    def __init__(self, service: JobService, expiry: float = EXPIRY) -> None:
        self._service = service
        self._expiry = expiry
        self._events: dict[str, Event] = {}
        self._ending: set[asyncio.Task[None]] = set()

    def open(
        self,
        call: str,
        endpoint_id: str,
        *,
        job: Job | None = None,
        error: HarpistError | None = None,
        display: TrackFile | None = None,
        resources: ExitStack | None = None,
        owner: str = "",
    ) -> str:
        """Keep what a call came to; returns the id under which it is fetched."""
        if len(self._events) >= _MOST:
            self._drop(next(iter(self._events.values())))
        event = Event(
            secrets.token_urlsafe(24), call, endpoint_id, job, error, display, resources or ExitStack(), owner
        )
        self._events[event.id] = event
        self._arm(event)
        return event.id

    def find(self, event_id: str, call: str, endpoint_id: str, owner: str = "") -> Event:
        """Return an event.

        Raises:
            NotFoundError: that endpoint's API name has no such event of this owner's, or it was fetched or has expired.
        """
        event = self._events.get(event_id)
        if event is None or event.call != call or event.endpoint_id != endpoint_id or event.owner != owner:
            raise NotFoundError("There is no such event; it was fetched already, or it has expired.")
        return event

    def watch(self, event: Event) -> None:
        """Note that someone fetches the event: it does not expire meanwhile."""
        event.watchers += 1
        self._disarm(event)

    def leave(self, event: Event, *, delivered: bool) -> None:
        """Note that someone who watched has gone, with the answer or without.

        The last to go without it takes a job that still runs along; an answer that is there waits a while longer.
        """
        event.watchers -= 1
        if delivered:
            if event.call == "cancel":
                self._end(event, CANCEL_DELAY)
            self._drop(event)
        elif event.watchers == 0 and event.id in self._events:
            if event.job is not None and not event.job.update.state.ended:
                self._end(event, 0.0)
                self._drop(event)
            else:
                self._arm(event)

    async def close(self) -> None:
        """Forget every event, and wait for the jobs that are being ended."""
        for event in list(self._events.values()):
            self._drop(event)
        if self._ending:
            await asyncio.wait(self._ending)

    def _arm(self, event: Event) -> None:
        patience = CANCEL_PATIENCE if event.call == "cancel" else self._expiry
        event.timer = asyncio.get_running_loop().call_later(patience, self._expire, event)

    def _disarm(self, event: Event) -> None:
        if event.timer is not None:
            event.timer.cancel()
            event.timer = None

    def _expire(self, event: Event) -> None:
        if event.call == "cancel" and event.job is not None:
            # The answer stays: a slow client still gets it.
            self._end(event, 0.0)
            event.job = None
            event.timer = asyncio.get_running_loop().call_later(self._expiry, self._drop, event)
        else:
            self._end(event, 0.0)
            self._drop(event)

    def _drop(self, event: Event) -> None:
        self._disarm(event)
        if self._events.pop(event.id, None) is not None:
            event.resources.close()

    def _end(self, event: Event, delay: float) -> None:
        job = event.job
        if job is None or job.update.state.ended:
            return
        self._start(self._cancel(job, delay))

    def _start(self, work: Coroutine[None, None, None]) -> None:
        task = asyncio.ensure_future(work)
        self._ending.add(task)
        task.add_done_callback(self._ending.discard)

    async def _cancel(self, job: Job, delay: float) -> None:
        await asyncio.sleep(delay)
        await self._service.cancel(job)
