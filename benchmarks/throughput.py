"""Table 5: several callers at once, and a short job behind a long one."""

from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from benchmarks import models
from benchmarks.measuring import Ratios, goal, in_turns, ratios, seconds
from benchmarks.models import BenchmarkModel
from benchmarks.servers import Server, harpist
from benchmarks.sounds import file_of
from benchmarks.table import Options, Table, command

COLUMNS = ("Model", "What", "Ratio", "Least – most", "Turns", "Goal")
CALLERS = (1, 2, 4, 8)
FAIR = 2.0
"""A 10 s job beside a long one may take so many times what it takes alone: both share the cores and the disk."""


def measure(options: Options) -> Table:
    """Measure throughput for a cheap and a heavy model, then fairness."""
    heavy = models.SMALL_CONV_TASNET if options.quick else models.CONV_TASNET
    short, long = (1.0, 20.0) if options.quick else (10.0, 3600.0)
    turns = 1 if options.quick else 3
    rows: list[tuple[str, ...]] = []
    behind = models.IDENTITY if options.quick else models.RECURRENT
    with harpist(options.home, [models.IDENTITY, behind, heavy]) as server:
        for model, region, repeated in ((models.IDENTITY, 6 * short, turns), (heavy, short / 4, min(turns, 2))):
            rows += _throughput(server, model, file_of(options.home, region), repeated)
        rows += _fairness(server, behind, file_of(options.home, short), file_of(options.home, long), turns)
    return Table(COLUMNS, rows)


def _throughput(server: Server, model: BenchmarkModel, sound: Path, turns: int) -> list[tuple[str, ...]]:
    def jobs_per_second(callers: int) -> float:
        """Let so many callers send eight jobs in all; return how many were done a second."""
        with ThreadPoolExecutor(callers) as pool:
            return 8 / seconds(lambda: list(pool.map(lambda _: server.job(model, sound), range(8))))

    jobs_per_second(2)  # both workers hold the model
    results = in_turns({str(callers): lambda callers=callers: jobs_per_second(callers) for callers in CALLERS}, turns)
    return [
        (model.title, f"jobs a second with {callers} callers / with 1", *ratios(results, str(callers), "1").cells, "")
        for callers in CALLERS[1:]
    ]


def _fairness(server: Server, model: BenchmarkModel, short: Path, long: Path, turns: int) -> list[tuple[str, ...]]:
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(lambda _: server.job(model, short), range(4)))  # both workers hold the model
    alone = [seconds(lambda: server.job(model, short)) for _ in range(3 * turns)]
    beside: list[float] = []
    ended = threading.Event()

    def long_job() -> None:
        try:
            server.job(model, long)
        finally:
            ended.set()

    start = time.perf_counter()
    thread = threading.Thread(target=long_job)
    thread.start()
    while True:
        taken = seconds(lambda: server.job(model, short))
        if ended.is_set():
            break
        beside.append(taken)
        ended.wait(0.2)
    thread.join()
    whole = time.perf_counter() - start
    # Before and after, so that a drift of the machine favours neither.
    alone = sorted([*alone, *(seconds(lambda: server.job(model, short)) for _ in range(3 * turns))])
    what = "10 s job behind one of 60 min"
    beside = beside or [taken]
    compared = Ratios(tuple(one / alone[len(alone) // 2] for one in beside))
    waited = Ratios(tuple(one / whole for one in beside))
    return [
        (model.title, f"{what} / alone", *compared.cells, goal(compared.median, FAIR)),
        (model.title, f"{what} / the long job", *waited.cells, ""),
    ]


if __name__ == "__main__":
    command("throughput", measure)
