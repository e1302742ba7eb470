"""One process call and its states."""

from __future__ import annotations

import enum
from dataclasses import dataclass

from app.endpoint import Outputs
from app.errors import HarpistError


@dataclass(frozen=True)
class Caller:
    """Who asks for a job, as far as the server can tell.

    Attributes:
        address: the client's network address, or ``"local"`` for the command line.
        token: digest of the Authorization header; ``""`` without one.
        client: the value of ``x-harp-client`` (HARP 4), or a browser session; ``""`` without one.
    """

    address: str
    token: str = ""
    client: str = ""


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
        outputs: what came of it, when ``DONE``.
        error: why not, when ``FAILED`` or ``CANCELLED``.
    """

    state: JobState
    fraction: float = 0.0
    outputs: Outputs = ()
    error: HarpistError | None = None
