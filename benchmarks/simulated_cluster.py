"""A cluster of Harpist in numbers: callers, heads, nodes and their workers, as a simulation from event to event.

A job arrives at a head, which takes its upload and sends it to a node; a worker there computes; its result goes back
through the head. A head does one thing at a time, in the order of coming, as its one Python process does; so does its
network link. A worker that has the endpoint warm is taken first, else the least loaded node, as the backend does it.
"""

from __future__ import annotations

import heapq
from collections import OrderedDict, deque
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class Kind:
    """An endpoint as its cost.

    Attributes:
        pace: seconds of computing for each second of sound.
        start: seconds until a worker has it, on a node that has its files.
        size: of its files, in bytes.
    """

    pace: float
    start: float
    size: float


@dataclass(frozen=True)
class Job:
    """What somebody asks for.

    Attributes:
        arrives: in seconds from the start.
        caller: who, a number.
        endpoint: which, a place in the list of kinds.
        seconds: of sound.
    """

    arrives: float
    caller: int
    endpoint: int
    seconds: float


@dataclass(frozen=True)
class Head:
    """What a job costs a head.

    Attributes:
        each: its processor's seconds for a job.
        minute: the same for each minute of sound in it.
        bandwidth: of its link, in bytes a second; ``inf``: it costs nothing.
        crossings: how often a sound goes over that link; 4: in from the caller, out to the node, and back; 2 where
            nodes read and write a folder that all share.
        bytes_a_second: of sound, as it goes over the link.
    """

    each: float
    minute: float
    bandwidth: float = float("inf")
    crossings: int = 4
    bytes_a_second: float = 176_400.0


@dataclass(frozen=True)
class Cluster:
    """What there is.

    Attributes:
        heads: servers behind one proxy; a caller's jobs all go to the same one, which has its share of the nodes.
        nodes: machines that compute, at least one a head.
        workers: jobs that a node computes at once.
        warm: endpoints that a node keeps in memory.
    """

    heads: int
    nodes: int
    workers: int = 2
    warm: int = 8


@dataclass(frozen=True)
class Outcome:
    """What came of all jobs.

    Attributes:
        waited: seconds of each, from its arrival to its end, less what it computed, in the order of their ends.
        head_asked: the work that came to a head's processor, in the mean, as a share of the time in which jobs came;
            above 1: more than it can do.
        link_asked: the same of its link.
        worker_asked: the same of a worker.
        cold: the share of jobs for which a worker had to begin.
    """

    waited: NDArray[np.float64]
    head_asked: float
    link_asked: float
    worker_asked: float
    cold: float


@dataclass
class _Side:
    """A head and its nodes, while the simulation goes on."""

    nodes: int
    endpoints: int
    processor_free: float = 0.0
    link_free: float = 0.0
    processor_spent: float = 0.0
    link_spent: float = 0.0
    queue: deque[int] = field(default_factory=deque)

    def __post_init__(self) -> None:
        self.busy = np.zeros(self.nodes, np.int64)
        self.warm = np.zeros((self.endpoints, self.nodes), bool)
        self.fetched = np.zeros((self.endpoints, self.nodes), bool)
        self.recent: list[OrderedDict[int, None]] = [OrderedDict() for _ in range(self.nodes)]

    def node(self, endpoint: int, workers: int) -> int | None:
        """Return the least loaded node that has an endpoint warm, else the least loaded; ``None``: all are busy."""
        free = self.busy < workers
        if not free.any():
            return None
        warm = free & self.warm[endpoint]
        return int(np.where(warm if warm.any() else free, self.busy, workers).argmin())

    def use(self, endpoint: int, node: int, most: int) -> None:
        """Have an endpoint warm on a node; the one that was not used for longest goes."""
        recent = self.recent[node]
        recent[endpoint] = None
        recent.move_to_end(endpoint)
        self.warm[endpoint, node] = self.fetched[endpoint, node] = True
        if len(recent) > most:
            gone, _ = recent.popitem(last=False)
            self.warm[gone, node] = False


_ARRIVED, _SENT, _COMPUTED = range(3)


def simulate(jobs: Sequence[Job], kinds: Sequence[Kind], head: Head, cluster: Cluster) -> Outcome:
    """Let all jobs come and end.

    Args:
        jobs: in the order of their arrival.
        kinds: the endpoints.
        head: what jobs cost a head.
        cluster: what there is.
    """
    shares = [cluster.nodes // cluster.heads + (one < cluster.nodes % cluster.heads) for one in range(cluster.heads)]
    sides = [_Side(nodes, len(kinds)) for nodes in shares]
    events = [(job.arrives, _ARRIVED, number, 0) for number, job in enumerate(jobs)]
    heapq.heapify(events)
    waited, spent, cold, now = [], 0.0, 0, 0.0

    def through(side: _Side, job: Job, now: float) -> float:
        """Return when half of what a job costs a head is done, if it is next in the line at this time."""
        took = (head.each + head.minute * job.seconds / 60) / 2
        side.processor_free = max(side.processor_free, now) + took
        sent = head.crossings / 2 * job.seconds * head.bytes_a_second / head.bandwidth
        side.link_free = max(side.link_free, now) + sent
        side.processor_spent, side.link_spent = side.processor_spent + took, side.link_spent + sent
        return max(side.processor_free, side.link_free)

    def begin(side: _Side, number: int, node: int, now: float) -> None:
        nonlocal spent, cold
        job = jobs[number]
        kind = kinds[job.endpoint]
        took = kind.pace * job.seconds
        if not side.warm[job.endpoint, node]:
            cold += 1
            took += kind.start
            if not side.fetched[job.endpoint, node]:
                fetched = kind.size / head.bandwidth
                side.link_free = max(side.link_free, now) + fetched
                side.link_spent += fetched
                took += side.link_free - now
        side.use(job.endpoint, node, cluster.warm)
        side.busy[node] += 1
        spent += took
        heapq.heappush(events, (now + took, _COMPUTED, number, node))

    while events:
        now, what, number, node = heapq.heappop(events)
        job = jobs[number]
        side = sides[job.caller % cluster.heads]
        if what == _ARRIVED:
            heapq.heappush(events, (through(side, job, now), _SENT, number, 0))
        elif what == _SENT:
            free = side.node(job.endpoint, cluster.workers)
            if free is None:
                side.queue.append(number)
            else:
                begin(side, number, free, now)
        else:
            side.busy[node] -= 1
            ended = through(side, job, now)
            waited.append(ended - job.arrives - kinds[job.endpoint].pace * job.seconds)
            if side.queue:
                begin(side, side.queue.popleft(), node, now)
    came = jobs[-1].arrives - jobs[0].arrives
    return Outcome(
        np.array(waited),
        sum(side.processor_spent for side in sides) / came / cluster.heads,
        sum(side.link_spent for side in sides) / came / cluster.heads,
        spent / came / cluster.nodes / cluster.workers,
        cold / len(jobs),
    )
