"""What the job service asks of whatever runs its jobs."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from app.endpoint import EndpointSpec, Outputs, TrackFile, Watch
from app.harp.controls import ControlValue


@dataclass(frozen=True)
class JobRequest:
    """What a job is asked to do: everything that a backend needs.

    Attributes:
        id: the job's own, unguessable.
        spec: the endpoint.
        tracks: one per input track, in order; ``None`` where an optional one is empty.
        controls: a typed value for every control of the endpoint, by name.
        folder: an existing folder of this job's own, for its outputs.
        caller: whose job it is, opaque; a worker that may keep what it was given serves no other. Empty: nobody's.
        internal: the server's own business, such as a preview, which must not wait behind callers' jobs.
        timeout: seconds that it may take, loading aside; ``None``: by the length of its files.
        keeps_ending: the caller keeps the ending that its file has, whatever comes back: so it had better fit.
        checked: its outputs must be those that the endpoint states.
    """

    id: str
    spec: EndpointSpec
    tracks: tuple[TrackFile | None, ...]
    controls: Mapping[str, ControlValue]
    folder: Path
    caller: str = ""
    internal: bool = False
    timeout: float | None = None
    keeps_ending: bool = False
    checked: bool = True


@dataclass(frozen=True)
class NodeCensus:
    """What is at work on one node of several.

    Attributes:
        name: the node's.
        census: what is at work there.
        jobs: how many it runs at once.
    """

    name: str
    census: Census
    jobs: int


@dataclass(frozen=True)
class Census:
    """What a backend has at work now.

    Attributes:
        busy: processes that run a job.
        idle: processes that wait for one.
        memory: bytes that all of them hold.
        ended: how many have ended since the start, by why.
        nodes: the same by node, where there are several.
        retried: jobs that were run once more, since their node was lost.
        lost: how often each node was.
    """

    busy: int = 0
    idle: int = 0
    memory: int = 0
    ended: Mapping[str, int] = field(default_factory=dict)
    nodes: tuple[NodeCensus, ...] = ()
    retried: int = 0
    lost: Mapping[str, int] = field(default_factory=dict)


class Backend(Protocol):
    """Runs jobs, on this machine or elsewhere."""

    async def start(self) -> None:
        """Make ready to run jobs."""

    async def run(self, request: JobRequest, started: Callable[[], None], progress: Watch) -> Outputs:
        """Run one job and return its outputs; cancelling this coroutine ends the computing within a second.

        Args:
            request: the job.
            started: called once, when the job leaves the queue and computing begins.
            progress: called with the share that is done, 0 to 1, and with what is being done.

        Raises:
            HarpistError: with the sentence that the caller reads.
        """

    async def forget(self, endpoint_id: str) -> None:
        """Let go of what is kept ready for an endpoint, which has changed or is gone; jobs that run on it go on."""

    async def obstacle(self) -> str:
        """Return why no job can be begun now, as far as what runs it goes, as a sentence; empty: nothing keeps it."""

    def capacity(self) -> int:
        """Return how many callers' jobs may run at once; it may change."""

    def census(self) -> Census:
        """Return what is at work now."""

    async def close(self) -> None:
        """End all computing and let go of everything."""
