"""One process call and its states."""

from __future__ import annotations

import asyncio
import enum
import hashlib
import json
import time
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeVar
from urllib.parse import unquote

from app.endpoint import Outputs
from app.errors import HarpistError
from app.jobs.addresses import sharing

Work = TypeVar("Work")

KNOWN = "Harpist "
"""How a header begins that tells whom the server has let in; what comes from outside never does."""


@dataclass(frozen=True)
class Caller:
    """Who asks for a job, as far as the server can tell.

    Attributes:
        address: the client's network address, or ``"local"`` for the command line.
        token: digest of the Authorization header; ``""`` without one.
        client: the value of ``x-harp-client`` (HARP 4), or a browser session; ``""`` without one.
        known: who was let in by the server, such as ``key 0123…``; ``""`` where everybody is.
        name: what whoever was let in is called, for the operator's eyes.
        host: the name under which the caller asks for the server. A window of HARP keeps to one, so two windows that
            send nothing else to tell them apart are told apart by two names.
    """

    address: str
    token: str = ""
    client: str = ""
    host: str = ""
    known: str = ""
    name: str = ""

    @property
    def account(self) -> str:
        """Who counts as the same caller where shares are counted: what nobody can make up.

        Whoever was let in by name, else the address: a token that nobody looked at, and the client's own value, are
        anything that the client likes.
        """
        return self.known or sharing(self.address)

    def means(self, other: Caller) -> bool:
        """Whether a cancel of this caller can mean what another one has begun.

        With a client value: what the same client has begun, and the same person where the server knows people, since
        a client's value is anything that it likes. Without: what came from the same place in every way.
        """
        return (self.client, self.known) == (other.client, other.known) if self.client else self == other

    def meant(self, open_jobs: Sequence[Work]) -> Work | None:
        """Return which of its open jobs a cancel of this caller means; ``None`` where that is in doubt.

        A caller with a client value means the newest one. One without (HARP before version 4 sends nothing that names a
        job) means the only one.

        Args:
            open_jobs: those that it could mean, on one endpoint, the oldest first.
        """
        if self.client:
            return open_jobs[-1] if open_jobs else None
        return open_jobs[0] if len(open_jobs) == 1 else None

    @property
    def identity(self) -> str:
        """Who counts as the same caller to a worker that may keep what it was given.

        Whoever has the same token, wherever from; without one, the same client at the same address. So two people
        behind one address are two where their client names itself (HARP 4, a browser), and one where it does not.
        """
        return json.dumps(["token", self.token] if self.token else ["address", self.address, self.client])


def known_in(authorization: str) -> tuple[str, str]:
    """Return whom the server has let in, as its front writes it into a request's header: the id and the name.

    >>> known_in("Harpist key 0123;J%C3%B6rg"), known_in("Bearer x")
    (('key 0123', 'Jörg'), ('', ''))
    """
    if not authorization.startswith(KNOWN):
        return "", ""
    known, _, name = authorization.removeprefix(KNOWN).partition(";")
    return known, unquote(name)


class JobState(enum.Enum):
    """Where a job is in its life."""

    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"

    @property
    def ended(self) -> bool:
        """Whether nothing more will happen."""
        return self in (JobState.DONE, JobState.FAILED, JobState.CANCELLED)


@dataclass(frozen=True)
class JobUpdate:
    """One look at a job: its state, and what goes with it.

    Attributes:
        fraction: how much is done, 0 to 1.
        said: what is being done, as the endpoint says it, or where in the queue the job stands; empty for nothing.
        outputs: what came of it, when ``DONE``.
        error: why not, when ``FAILED`` or ``CANCELLED``.
    """

    state: JobState
    fraction: float = 0.0
    outputs: Outputs = ()
    error: HarpistError | None = None
    said: str = ""


@dataclass(frozen=True)
class Times:
    """When a job came, began to compute, and ended; 0 for what did not happen."""

    came: float
    began: float = 0.0
    ended: float = 0.0


class Job:
    """One process call: who asked, where its files lie, and how far it is.

    Attributes:
        id: unguessable; it names the job's folder too.
        endpoint_id: the endpoint that it runs on.
        caller: who asked for it.
        folder: the job's own, where its outputs lie until they expire.
        seconds: of sound in its longest file.
        fresh: its caller wants it computed, even if its like has just been.
        times: of it, in seconds of ``time.monotonic``.
    """

    def __init__(
        self, job_id: str, endpoint_id: str, caller: Caller, folder: Path, seconds: float = 0.0, *, fresh: bool = False
    ) -> None:
        self.id = job_id
        self.endpoint_id = endpoint_id
        self.caller = caller
        self.folder = folder
        self.seconds = seconds
        self.fresh = fresh
        self.times = Times(time.monotonic())
        self._update = JobUpdate(JobState.QUEUED)
        self._changed = asyncio.Event()

    @property
    def update(self) -> JobUpdate:
        """The latest look at the job."""
        return self._update

    @property
    def number(self) -> str:
        """What the job is called in logs and errors: not its id, which opens its files."""
        return hashlib.sha256(self.id.encode()).hexdigest()[:10]

    def publish(self, update: JobUpdate) -> None:
        """Set the latest look and wake every watcher; ignored once the job has ended. For the job service only."""
        if self._update.state.ended:
            return
        if update.state is JobState.RUNNING and not self.times.began:
            self.times = replace(self.times, began=time.monotonic())
        elif update.state.ended:
            self.times = replace(self.times, ended=time.monotonic())
        self._update = update
        changed, self._changed = self._changed, asyncio.Event()
        changed.set()

    async def watch(self) -> AsyncIterator[JobUpdate]:
        """Yield the present update, then each later one; the last says how the job ended.

        Any number of watchers may watch, and leave when they like. A slow one misses updates, never the last.
        """
        while True:
            update, changed = self._update, self._changed
            yield update
            if update.state.ended:
                return
            if update is self._update:
                await changed.wait()

    async def result(self) -> Outputs:
        """Wait for the job's end and return its outputs.

        Raises:
            HarpistError: why there are none.
        """
        while not self._update.state.ended:
            await self._changed.wait()
        if self._update.error is not None:
            raise self._update.error
        return self._update.outputs
