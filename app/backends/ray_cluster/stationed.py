"""A supervisor as the server knows it, and what all of them are opened with."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import Any

from app.backends.base import Census
from app.backends.ray_cluster.placement import Demand, Standing


@dataclass(eq=False)
class Stationed(Standing):
    """A supervisor.

    Attributes:
        handle: by which Ray knows it.
        beside: the server's own jobs that it runs beside callers'.
        draining: it gets no more jobs, and ends when it has none.
        idle_since: when it last had a job (s, of the monotonic clock).
        census: what it said last.
        pid: of its process.
    """

    handle: Any = None
    beside: int = 0
    draining: bool = False
    idle_since: float = field(default_factory=time.monotonic)
    census: Census = field(default_factory=Census)
    pid: int = 0


@dataclass(frozen=True)
class Terms:
    """How many supervisors there are, and what they are opened with.

    Attributes:
        least, most: how many.
        demand: of one job.
        idle: seconds after which one that has nothing to do goes, as long as ``least`` are left.
        settings: the server's, as far as they concern a node.
        store: bytes that endpoints' files may take on a node.
        probe: a file in the shared folder; empty: there is none.
    """

    least: int
    most: int
    demand: Demand
    idle: float
    settings: dict[str, Any]
    store: int
    probe: str = ""
