"""Table 19: how far one head goes, simulated from costs that are measured in the same run, up to 1,000 nodes."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path

import numpy as np

from benchmarks import models
from benchmarks.measuring import seconds
from benchmarks.models import BenchmarkModel
from benchmarks.processes import own_processor_seconds
from benchmarks.servers import Server, harpist
from benchmarks.simulated_cluster import Cluster, Head, Job, Kind, Outcome, simulate
from benchmarks.sounds import file_of
from benchmarks.table import Options, Table, command

COLUMNS = (
    "Link",
    "Nodes",
    "Heads",
    "Jobs a second",
    "Asked of a head's processor",
    "Asked of its link",
    "Wait, median (s)",
    "99 of 100 (s)",
)
NODES = (1, 2, 10, 30, 100, 300, 1000)
LINKS = {"1 Gbit/s": (1.25e8, 4), "1 Gbit/s, shared folder": (1.25e8, 2), "10 Gbit/s": (1.25e9, 4)}
"""Bytes a second, and how often a sound goes over a head's link."""

LOADED = 0.7
"""The share of what all workers could do that callers ask for."""

ROOM = 0.6
"""How busy a head may be in the mean, before there is to be another."""

ENDPOINTS, ALBUM, MEDIAN, PAUSE = 200, 6, 30.0, 20.0
"""Endpoints that are asked for, the n-th 1/n times as often as the first; regions that a caller sends in the mean, one
after the other; their seconds (half are longer); and seconds between two of them, in the mean."""

RAY = find_spec("ray") is not None
_KINDS = (models.IDENTITY, models.RECURRENT, models.CONV_TASNET)
_EACH, _LEAST = 40, 4000
"""Jobs for each worker; and jobs at least."""


def measure(options: Options) -> Table:
    """Measure what jobs cost a head and a worker, then let callers come to more and more nodes."""
    short, long = (1.0, 3.0) if options.quick else (10.0, 60.0)
    jobs, sizes = (4, (1, 3)) if options.quick else (20, NODES)
    costs, each, minute = measured(options.home, short, long, jobs)
    kinds = [costs[one % len(costs)] for one in range(ENDPOINTS)]
    rows = []
    for link, (bandwidth, crossings) in LINKS.items():
        head = Head(each, minute, bandwidth, crossings)
        for nodes in sizes:
            came = trace(kinds, nodes, 50 if options.quick else _LEAST)
            rate = len(came) / came[-1].arrives
            alone = simulate(came, kinds, head, Cluster(1, nodes))
            rows.append(_row(link, nodes, 1, rate, alone))
            wanted = min(nodes, heads_for(head, rate, came))
            if wanted > 1:
                rows.append(_row(link, nodes, wanted, rate, simulate(came, kinds, head, Cluster(wanted, nodes))))
    told = ", ".join(f"{kind.pace:.3f} / {kind.start:.1f} / {kind.size / 2**20:.1f}" for kind in costs)
    return Table(
        COLUMNS,
        rows,
        [
            f"Measured {'on a Ray cluster' if RAY else 'without a cluster'}: a job costs the head "
            f"{1000 * each:.0f} ms of its processor, and {1000 * minute:.0f} ms for each minute of sound. Seconds a "
            f"second, seconds to begin, and MiB of the endpoints: {told}."
        ],
    )


def measured(home: Path, short: float, long: float, jobs: int) -> tuple[list[Kind], float, float]:
    """Measure a server and its workers.

    Args:
        home: where models and sounds lie.
        short: seconds of a region.
        long: seconds of another.
        jobs: of each length.

    Returns:
        What endpoints cost a worker; and what a job costs the server's own process: seconds each, and for each minute.
    """
    sounds = {region: file_of(home, region) for region in (short, long)}
    kinds = []
    with _serving(home) as server:
        # What goes through the server's hands without being computed, to be taken off the others.
        base = min(seconds(lambda: server.job(models.IDENTITY, sounds[short])) for _ in range(3))
        for model in _KINDS:
            folder = model.export(home)
            cold, warm = (seconds(lambda: server.job(model, sounds[short])) for _ in range(2))  # noqa: B023
            size = sum(file.stat().st_size for file in folder.iterdir())
            kinds.append(Kind(max(warm - base, 0.001) / short, max(cold - warm, 0.0), size))
        spent = {region: _spent(server, models.IDENTITY, sound, jobs) for region, sound in sounds.items()}
    minute = max(0.0, 60 * (spent[long] - spent[short]) / (long - short))
    return kinds, max(spent[short] - minute * short / 60, 0.0), minute


@contextmanager
def _serving(home: Path) -> Iterator[Server]:
    """Run a server whose jobs a node of a cluster computes, or, where there is no Ray, the server's own machine."""
    if not RAY:
        with harpist(home, _KINDS) as server:
            yield server
        return
    from tests.ray_cluster import two_nodes

    with two_nodes() as cluster:
        flags = ("--backend", "ray", "--ray-address", cluster.address, "--ray-min", "1", "--ray-max", "1")
        with harpist(home, _KINDS, *flags) as server:
            yield server


def _spent(server: Server, model: BenchmarkModel, sound: Path, jobs: int) -> float:
    """Return the processor seconds of the server's own process for a job, workers not counted."""
    server.job(model, sound)
    before = own_processor_seconds(server.pid)
    for _ in range(jobs):
        server.job(model, sound)
    return (own_processor_seconds(server.pid) - before) / jobs


def trace(kinds: Sequence[Kind], nodes: int, least: int, workers: int = 2, seed: int = 1) -> list[Job]:
    """Draw who comes when, and with what: so much that the workers have :data:`LOADED` of what they can do.

    Callers come at any time (a Poisson process), each with an album for one endpoint, the first of them most often.

    Args:
        kinds: the endpoints.
        nodes: how many there are.
        least: how many jobs at least.
        workers: of each node.
        seed: of the draw.
    """
    draw = np.random.default_rng(seed)
    count = max(least, _EACH * nodes * workers)
    callers = max(1, count // ALBUM)
    likely = 1 / np.arange(1, len(kinds) + 1)
    chosen = draw.choice(len(kinds), callers, p=likely / likely.sum())
    albums = draw.geometric(1 / ALBUM, callers)
    lengths = [np.clip(draw.lognormal(math.log(MEDIAN), 1.0, album), 2.0, 1200.0) for album in albums]
    work = sum(float(length.sum()) * kinds[one].pace for length, one in zip(lengths, chosen))
    lasts = work / (LOADED * nodes * workers)
    jobs = []
    for caller, begins in enumerate(draw.uniform(0.0, lasts, callers)):
        after = begins + np.concatenate([[0.0], draw.exponential(PAUSE, albums[caller] - 1)]).cumsum()
        # Who comes near the end goes on at the start, so that the load is even all along.
        jobs += [
            Job(float(at % lasts), caller, int(chosen[caller]), float(length))
            for at, length in zip(after, lengths[caller])
        ]
    return sorted(jobs, key=lambda job: job.arrives)


def heads_for(head: Head, rate: float, jobs: Sequence[Job]) -> int:
    """Return how many heads keep the processor and the link of each at :data:`ROOM`, where they share alike.

    >>> heads_for(Head(0.1, 0.0), 12.0, [Job(0.0, 0, 0, 30.0)])
    2
    """
    mean = sum(job.seconds for job in jobs) / len(jobs)
    processor = rate * (head.each + head.minute * mean / 60)
    link = rate * head.crossings * mean * head.bytes_a_second / head.bandwidth
    return max(1, math.ceil(max(processor, link) / ROOM - 1e-9))


def _row(link: str, nodes: int, heads: int, rate: float, found: Outcome) -> tuple[str, ...]:
    middle, most = np.quantile(found.waited, (0.5, 0.99))
    return (
        link,
        f"{nodes:,}",
        str(heads),
        f"{rate:.2g}" if rate < 100 else f"{rate:.0f}",
        f"{found.head_asked:.0%}",
        f"{found.link_asked:.0%}",
        f"{middle:.1f}",
        f"{most:.1f}",
    )


if __name__ == "__main__":
    command("scale_simulation", measure)
