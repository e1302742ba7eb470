"""Table 21: the same server on a Ray cluster of two nodes on this machine, beside one without.

Needs ``requirements-ray.txt``. Each node is pinned to a core; the servers, the client and Ray itself take their time
where they find it, on the same cores.
"""

from __future__ import annotations

import json
import threading
import time
import urllib.request
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from pathlib import Path

import psutil

from benchmarks import models
from benchmarks.measuring import Ratios, goal, in_turns, ratios, seconds
from benchmarks.models import BenchmarkModel
from benchmarks.servers import Server, harpist
from benchmarks.sounds import file_of
from benchmarks.table import Options, Table, command
from tests.ray_cluster import TwoNodes, two_nodes

COLUMNS = ("What", "Model", "Value", "Least – most", "Turns", "Goal")
SCALES, CANCELS = 1.8, 1.0


def measure(options: Options) -> Table:
    """Measure a job's overhead, what a second node brings, a cancel, and an endpoint's first job on a node."""
    turns = 1 if options.quick else 3
    heavy = models.SMALL_CONV_TASNET if options.quick else models.CONV_TASNET
    rows: list[tuple[str, ...]] = []
    with two_nodes(pinned=True) as cluster:
        with harpist(options.home, [models.IDENTITY, heavy], "--threads", "1") as local:
            with _on_cluster(options, cluster, [models.IDENTITY, heavy], nodes=1) as one:
                for length in (1.0,) if options.quick else (10.0, 60.0):
                    sound = file_of(options.home, length)
                    rows += [_overhead(model, sound, length, local, one, turns) for model in (models.IDENTITY, heavy)]
                rows.append(_cancel(heavy, file_of(options.home, 60.0), one, turns))
            rows.append(_cold(options, cluster, heavy, turns))
        rows.append(_scaling(options, cluster, heavy, turns))
    return Table(COLUMNS, rows)


@contextmanager
def _on_cluster(
    options: Options, cluster: TwoNodes, served: list[BenchmarkModel], nodes: int, least: int | None = None
) -> Iterator[Server]:
    flags = ["--backend", "ray", "--ray-address", cluster.address, "--ray-max", str(nodes)]
    flags += ["--ray-min", str(nodes if least is None else least)]
    with harpist(options.home, served, *flags) as server:
        yield server


def _overhead(
    model: BenchmarkModel, sound: Path, length: float, local: Server, one: Server, turns: int
) -> tuple[str, ...]:
    works = {
        name: (lambda server=server: seconds(lambda: server.job(model, sound)))
        for name, server in (("ray", one), ("local", local))
    }
    in_turns(works, 1)  # both hold the model
    compared = ratios(in_turns(works, turns), "ray", "local")
    return (f"a job of {length:g} s / the same without Ray", model.title, *compared.cells, "")


def _scaling(options: Options, cluster: TwoNodes, model: BenchmarkModel, turns: int) -> tuple[str, ...]:
    """Jobs a second from four callers, with two nodes and with one; the callers' ways are the same in both."""
    sound = file_of(options.home, 1.0 if options.quick else 5.0)

    def jobs_a_second(nodes: int) -> float:
        with _on_cluster(options, cluster, [model], nodes) as server, ThreadPoolExecutor(4) as callers:
            list(callers.map(lambda _: server.job(model, sound), range(2 * nodes)))
            return 8 / seconds(lambda: list(callers.map(lambda _: server.job(model, sound), range(8))))

    results = in_turns({"2": lambda: jobs_a_second(2), "1": lambda: jobs_a_second(1)}, turns)
    found = ratios(results, "2", "1")
    met = f"at least {SCALES:.2f}: {'met' if found.median >= SCALES else 'missed'}"
    return ("jobs a second with 2 nodes / with 1", model.title, *found.cells, met)


def _cancel(model: BenchmarkModel, sound: Path, server: Server, turns: int) -> tuple[str, ...]:
    """Seconds from a cancel to the end of the process that computed."""
    url = f"{server.url}/models/{model.id}/gradio_api/call"

    def once() -> float:
        job = threading.Thread(target=lambda: _until_cancelled(server, model, sound), daemon=True)
        job.start()
        worker = _computing()
        begun = time.perf_counter()
        _call(f"{url}/cancel", [])
        while worker.is_running() and worker.status() != psutil.STATUS_ZOMBIE:
            time.sleep(0.005)
        taken = time.perf_counter() - begun
        job.join(30)
        return taken

    found = Ratios(tuple(once() for _ in range(turns)))
    return ("a cancel, until nothing computes (s)", model.title, *found.cells, goal(found.median, CANCELS))


def _cold(options: Options, cluster: TwoNodes, model: BenchmarkModel, turns: int) -> tuple[str, ...]:
    """The first job on a node that has nothing, its files sent and its process started, above the next one."""
    sound = file_of(options.home, 1.0)
    taken = []
    for _ in range(turns):
        for home in cluster.homes:
            for kept in ("contents", "bundles"):
                for path in sorted((home / "node" / kept).rglob("*"), reverse=True):
                    path.unlink() if path.is_file() else path.rmdir()
        with _on_cluster(options, cluster, [model], 1) as server:
            first = seconds(lambda: server.job(model, sound))
            taken.append(first - seconds(lambda: server.job(model, sound)))
    return ("an endpoint's first job on a node, above its second (s)", model.title, *Ratios(tuple(taken)).cells, "")


def _until_cancelled(server: Server, model: BenchmarkModel, sound: Path) -> None:
    with suppress(RuntimeError, OSError, ValueError):
        server.job(model, sound)


def _computing() -> psutil.Process:
    """Wait for a worker process that computes, a fork of a fork server, and return it."""
    while True:
        for process in psutil.process_iter():
            with suppress(psutil.Error):
                parent = process.parent()
                if parent and _forked(parent) and _forked(process) and process.cpu_percent(0.2) > 25:
                    return process


def _forked(process: psutil.Process) -> bool:
    return "multiprocessing.forkserver" in " ".join(process.cmdline())


def _call(url: str, data: list[object]) -> None:
    request = urllib.request.Request(url, json.dumps({"data": data}).encode(), {"Content-Type": "application/json"})
    urllib.request.urlopen(request).close()


if __name__ == "__main__":
    command("ray_cluster", measure)
