"""Table 3: peak memory of the worker against the region's length, and of processing the file whole."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from benchmarks import models
from benchmarks.measuring import goal
from benchmarks.models import BenchmarkModel
from benchmarks.processes import peak_mib, tree
from benchmarks.servers import ROOT, harpist
from benchmarks.sounds import file_of
from benchmarks.table import Options, Table, command

LIMIT = 1.1
REGIONS = (60.0, 600.0, 3600.0)
QUICK = (1.0, 3.0)
_LONGEST_WHOLE = {models.RECURRENT.name: 600.0}
"""Seconds beyond which whole-file processing would not fit beside other work on this machine."""

COLUMNS = ("Model", "Region (s)", "Worker / shortest region's", "Server / shortest's", "Whole file / worker", "Goal")


def measure(options: Options) -> Table:
    """Measure every region, each in a fresh server."""
    rows: list[tuple[str, ...]] = []
    for model in (models.IDENTITY,) if options.quick else (models.IDENTITY, models.RECURRENT):
        shortest: tuple[float, float] | None = None
        for region in QUICK if options.quick else REGIONS:
            sound = file_of(options.home, region)
            worker, server = _served(options.home, model, sound)
            shortest = shortest or (worker, server)
            grown = worker / shortest[0]
            whole = "not run"
            if region <= _LONGEST_WHOLE.get(model.name, region):
                whole = f"{_whole(options.home, model, sound) / worker:.2f}"
            rows.append(
                (
                    model.title,
                    f"{region:g}",
                    f"**{grown:.2f}**",
                    f"{server / shortest[1]:.2f}",
                    whole,
                    goal(grown, LIMIT),
                )
            )
    return Table(COLUMNS, rows)


def _served(home: Path, model: BenchmarkModel, sound: Path) -> tuple[float, float]:
    """Process a region in a fresh server; return the peaks of its largest worker and of the server process (MiB)."""
    with harpist(home, [model]) as server:
        server.job(model, sound)
        workers = [pid for pid in tree(server.pid) if pid != server.pid]
        return max(peak_mib(pid) for pid in workers), peak_mib(server.pid)


def _whole(home: Path, model: BenchmarkModel, sound: Path) -> float:
    """Process a region whole, in a process of its own; return its peak (MiB)."""
    arguments = [str(model.export(home)), str(model.rate), str(sound)]
    command_line = [sys.executable, "-m", "benchmarks.whole_file", *arguments]
    ended = subprocess.run(command_line, cwd=ROOT, check=True, capture_output=True, text=True)
    return float(ended.stdout)


if __name__ == "__main__":
    command("memory", measure)
