"""Who computes what: how many jobs a node takes, which supervisor gets a job, how many supervisors there should be."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from app.backends.ray_cluster.cluster import Node, Share


@dataclass(frozen=True)
class Demand:
    """What one job asks of a node: CPUs, GPUs and bytes of memory; 0 for none."""

    cpus: float
    gpus: float = 0.0
    memory: float = 0.0

    def fits(self, there: Share) -> int:
        """Return how many jobs can run at once in what a node has.

        >>> Demand(cpus=2, gpus=0.5).fits(Share(cpus=8, gpus=1))
        2
        """
        pairs = ((there.cpus, self.cpus), (there.gpus, self.gpus), (there.memory, self.memory))
        return min(int(has / wants + 1e-9) for has, wants in pairs if wants)

    def of(self, jobs: int) -> Share:
        """Return what so many jobs ask for together."""
        return Share(self.cpus * jobs, self.gpus * jobs, self.memory * jobs)


@dataclass(eq=False)
class Standing:
    """How a supervisor stands.

    Attributes:
        node: where it is.
        jobs: how many it runs at once.
        running: how many it runs now.
        warm: the endpoints that wait there, loaded.
        open: it takes jobs.
    """

    node: Node
    jobs: int
    running: int = 0
    warm: set[str] = field(default_factory=set)
    open: bool = False

    @property
    def free(self) -> int:
        """How many more jobs it takes."""
        return self.jobs - self.running if self.open else 0


Some = TypeVar("Some", bound=Standing)


def choose(
    standing: Iterable[Some], endpoint_id: str, avoided: Collection[str] = (), *, beside: bool = False
) -> Some | None:
    """Return the supervisor that gets a job: one that is warm for it, else the least loaded; ``None``: none is free.

    Args:
        standing: the supervisors.
        endpoint_id: the job's.
        avoided: ids of the nodes that are taken only where there is no other.
        beside: one that is full will do, too.
    """
    free = [one for one in standing if one.free > 0 or (beside and one.open)]
    return min(
        free,
        key=lambda one: (one.node.id in avoided, endpoint_id not in one.warm, one.running / one.jobs, -one.jobs),
        default=None,
    )


def wanted(demand: int, jobs: Sequence[int], least: int, most: int) -> int:
    """Return how many supervisors there should be.

    Args:
        demand: jobs that run or wait.
        jobs: how many each node could run at once, those that have a supervisor first.
        least: the setting ``ray_min``.
        most: the setting ``ray_max``.

    >>> wanted(5, (2, 2, 2, 2), 1, 8)
    3
    """
    count, room = 0, 0
    for fits in jobs:
        if count >= most or (room >= demand and count >= least):
            break
        count, room = count + 1, room + fits
    return count
