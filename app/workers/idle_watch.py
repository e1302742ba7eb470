"""Ends workers that compute although nobody waits for them.

A model may leave tasks behind that outlive its answer, or start them as it is loaded (``torch.jit.fork``): they would
take a core from everybody else for as long as the worker stays warm.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import psutil

from app.errors import WorkerCrashError
from app.workers.why import Why
from app.workers.worker import Member

_LOG = logging.getLogger(__name__)

LOOK_EVERY = 1.0
"""Seconds between two looks."""
FREE, SHARE = 1.0, 0.01
"""Processor time (s) that a worker at rest may take, to tidy up, and the share of a core beside it."""


@dataclass(frozen=True)
class _Rest:
    """When a worker was first seen at rest, and the processor time (s) that it had taken by then."""

    jobs: int
    begun: float
    used: float


class IdleWatch:
    """Looks at the processor time of the workers that are loaded and have no job; :meth:`run` does so for ever.

    Args:
        members: gives every worker process.
        used: gives the processor time (s) that a process has taken so far; ``None`` once it is gone.
        clock: gives the time (s).
    """

    def __init__(
        self,
        members: Callable[[], Sequence[Member]],
        used: Callable[[int], float | None],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._members = members
        self._used = used
        self._clock = clock
        self._rests: dict[int, _Rest] = {}

    async def run(self) -> None:
        """Look, until cancelled."""
        while True:
            await asyncio.sleep(LOOK_EVERY)
            self.look()

    def look(self) -> None:
        """Look once, and end whom that shows to compute."""
        now, rests = self._clock(), {}
        for member in self._members():
            used = self._used(member.pid) if member.idle and member.jobs is not None else None
            if used is None or member.jobs is None:
                continue
            rest = self._rests.get(member.pid)
            if rest is None or rest.jobs != member.jobs:
                rest = _Rest(member.jobs, now, used)
            if used - rest.used > FREE + SHARE * (now - rest.begun):
                _LOG.warning("%s: its process computed without a job, and was ended.", member.name)
                error = WorkerCrashError("The model’s process computed without a job, and was ended; try again.")
                member.end(error, Why.RESTLESS)
            else:
                rests[member.pid] = rest
        self._rests = rests


def processor_time(pid: int) -> float | None:
    """Return the processor time (s) that a process has taken so far, on all cores; ``None`` once it is gone."""
    try:
        times = psutil.Process(pid).cpu_times()
    except psutil.Error:
        return None
    return float(times.user + times.system)
