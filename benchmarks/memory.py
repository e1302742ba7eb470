"""Table 3: peak memory of the worker against the region's length, and of processing the file whole."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from benchmarks import models
from benchmarks.measuring import goal, in_turns, ratios
from benchmarks.models import BenchmarkModel
from benchmarks.processes import peak_mib, tree
from benchmarks.servers import ROOT, harpist
from benchmarks.sounds import file_of
from benchmarks.table import Options, Table, command

LIMIT = 1.1
REGIONS = (60.0, 600.0, 3600.0)
EIGHT_HOURS = (60.0, 8 * 3600.0)
QUICK = (1.0, 3.0)
_LONGEST_WHOLE = {models.RECURRENT.name: 600.0, models.IDENTITY.name: 3600.0}
"""Seconds beyond which whole-file processing would not fit beside other work on this machine."""

COLUMNS = (
    "Model",
    "Region (s)",
    "Worker / shortest region's",
    "Least – most",
    "Turns",
    "Server / shortest region's",
    "Whole file / worker",
    "Goal",
)


def measure(options: Options) -> Table:
    """Measure every region, each in a fresh server."""
    turns = {models.IDENTITY: 1} if options.quick else {models.IDENTITY: 3, models.RECURRENT: 1}
    regions = QUICK if options.quick else REGIONS
    rows = [row for model in turns for row in _model(options, model, regions, turns[model])]
    if not options.quick:
        rows.insert(len(REGIONS), _model(options, models.IDENTITY, EIGHT_HOURS, 1)[-1])
    return Table(COLUMNS, rows)


def _model(options: Options, model: BenchmarkModel, regions: tuple[float, ...], turns: int) -> list[tuple[str, ...]]:
    sounds = {region: file_of(options.home, region) for region in regions}
    servers: dict[float, list[float]] = {region: [] for region in regions}

    def served(region: float) -> float:
        worker, server = _served(options.home, model, sounds[region])
        servers[region].append(server)
        return worker

    workers = in_turns({f"{region:g}": lambda region=region: served(region) for region in regions}, turns)
    rows = []
    for region in regions:
        grown = ratios(workers, f"{region:g}", f"{regions[0]:g}")
        server = max(servers[region]) / max(servers[regions[0]])
        whole = "not run"
        if region <= _LONGEST_WHOLE.get(model.name, region):
            highest = max(turn[f"{region:g}"] for turn in workers)
            whole = f"{_whole(options.home, model, sounds[region]) / highest:.2f}"
        aim = goal(grown.median, LIMIT) if region > regions[0] else ""
        rows.append((model.title, f"{region:g}", *grown.cells, f"{server:.2f}", whole, aim))
    return rows


def _served(home: Path, model: BenchmarkModel, sound: Path) -> tuple[float, float]:
    """Process a region in a fresh server; return the peaks of its largest worker and of the server process (MiB)."""
    with harpist(home, [model], "--max-upload", "8192") as server:
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
