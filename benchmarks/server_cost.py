"""Table 2: what the server itself costs, beside Gradio and FastAPI doing the same work."""

from __future__ import annotations

import resource
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

from benchmarks import models
from benchmarks.calls import harp_job, plain_job
from benchmarks.measuring import Ratios, goal, in_turns, ratios, seconds
from benchmarks.processes import TICK, processor_seconds, touch
from benchmarks.rivals import new_file, work
from benchmarks.servers import Server, harpist, rival
from benchmarks.sounds import file_of
from benchmarks.table import Options, Table, command

COLUMNS = ("Region (s)", "What", "Harpist / other", "Least – most", "Turns", "Goal")
LATENCY_GOAL, PROCESSOR_GOAL = 1.5, 1 / 3
REGIONS = ((10.0, 20, 5), (60.0, 5, 5), (600.0, 1, 5))
"""Seconds of a region, jobs of a turn (enough for a clock that counts in steps of 10 ms), turns."""
QUICK = ((1.0, 2, 1),)
_COPIES = 4
"""Files of a region's size that a job may leave: the upload, the result, their copies."""


def measure(options: Options) -> Table:
    """Measure every region."""
    rows: list[tuple[str, ...]] = []
    with ExitStack() as stack:
        ours = stack.enter_context(harpist(options.home, [models.IDENTITY]))
        gradio, fastapi = stack.enter_context(rival("gradio_app")), stack.enter_context(rival("fastapi_app"))
        for region, jobs, turns in QUICK if options.quick else REGIONS:
            sound = file_of(options.home, region)
            calls: dict[str, tuple[Server | None, Callable[[], object]]] = {
                "harpist": (ours, lambda sound=sound: ours.job(models.IDENTITY, sound)),
                "gradio": (gradio, lambda sound=sound: harp_job(gradio.url, sound)),
                "fastapi": (fastapi, lambda sound=sound: plain_job(fastapi.url, sound)),
                "work": (None, lambda sound=sound: _own_work(sound)),
            }
            rows += _region(region, calls, jobs, turns, sound.stat().st_size)
    return Table(COLUMNS, rows)


def _region(
    region: float, calls: dict[str, tuple[Server | None, Callable[[], object]]], jobs: int, turns: int, size: int
) -> list[tuple[str, ...]]:
    latencies: dict[str, list[float]] = {name: [] for name in calls}

    def processor(name: str) -> float:
        """Run the jobs of a turn one by one; return the processor time of one."""
        server, call = calls[name]
        touch(_COPIES * jobs * size)
        before = _processor(server)
        times = sorted(seconds(call) for _ in range(jobs))
        latencies[name].append(times[len(times) // 2])
        return max(_processor(server) - before, TICK) / jobs

    for _, call in calls.values():
        call()
    spent = in_turns({name: lambda name=name: processor(name) for name in calls}, turns)
    for name in calls:
        if name != "work":
            # In the order in which the turns ran, so that each ratio is of one turn.
            for turn, latency in enumerate(latencies[name]):
                spent[turn][f"{name} latency"] = latency
    above = [{name: turn[name] - turn["work"] for name in ("harpist", "gradio", "fastapi")} for turn in spent]
    shown = f"{region:g}"
    cost, least = (
        Ratios(tuple(turn[name] / max(turn["gradio"], TICK) for turn in above)) for name in ("harpist", "fastapi")
    )
    latency = ratios(spent, "harpist latency", "fastapi latency")
    lines = (
        ("processor time above the work itself / Gradio's", cost, goal(cost.median, PROCESSOR_GOAL)),
        ("FastAPI's processor time above the work itself / Gradio's", least, ""),
        ("processor time, the work included / Gradio's", ratios(spent, "harpist", "gradio"), ""),
        ("processor time, the work included / FastAPI's", ratios(spent, "harpist", "fastapi"), ""),
        ("processor time / the work itself", ratios(spent, "harpist", "work"), ""),
        ("latency / FastAPI's", latency, goal(latency.median, LATENCY_GOAL)),
        ("latency / Gradio's", ratios(spent, "harpist latency", "gradio latency"), ""),
    )
    return [(shown, what, *found.cells, aim) for what, found, aim in lines]


def _processor(server: Server | None) -> float:
    if server is not None:
        return processor_seconds(server.pid)
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


def _own_work(sound: Path) -> None:
    target = new_file()
    work(sound, target)
    target.unlink()
    target.parent.rmdir()


if __name__ == "__main__":
    command("server_cost", measure)
