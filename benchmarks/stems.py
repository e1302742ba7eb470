"""Table 10: music taken apart in fixed memory, against the package that makes the same of a file held whole."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from pathlib import Path

from benchmarks.measuring import goal, in_turns, ratios
from benchmarks.one_separation import save_network
from benchmarks.servers import ROOT
from benchmarks.sounds import file_of
from benchmarks.table import Options, Table, command

RUNS = (
    ("small", 60.0, 0, 3),
    ("small", 60.0, 1, 3),
    ("small", 600.0, 0, 1),
    ("small", 600.0, 1, 1),
    ("full", 60.0, 0, 2),
    ("full", 600.0, 0, 1),
)
"""Network, seconds, shifts and turns."""
LONG = 600.0
COLUMNS = ("Network", "Region (s)", "Shifts", "What", "Harpist / package", "Least – most", "Turns", "Goal")
_THIRD = 1 / 3


def measure(options: Options) -> Table:
    """Separate each region by both, in turns, each in a process of its own."""
    rows: list[tuple[str, ...]] = []
    for size, region, shifts, turns in (("small", 10.0, 0, 1),) if options.quick else RUNS:
        weights = options.home / "stems" / size / "955717e8.safetensors"
        if not weights.exists():
            save_network(weights, size)
        rows += [(size, *row) for row in _compared(options, weights, region, shifts, turns)]
    return Table(COLUMNS, rows)


def _compared(options: Options, weights: Path, region: float, shifts: int, turns: int) -> list[tuple[str, ...]]:
    sound, found = file_of(options.home, region), list[tuple[str, dict[str, float]]]()

    def run(side: str) -> float:
        with tempfile.TemporaryDirectory() as out:
            arguments = [side, str(weights), str(sound), out, str(shifts)]
            line = [sys.executable, "-m", "benchmarks.one_separation", *arguments]
            ended = subprocess.run(line, cwd=ROOT, check=True, capture_output=True, text=True)
        result = json.loads(ended.stdout)
        found.append((side, result))
        return float(result["seconds"])

    seconds = in_turns({side: lambda side=side: run(side) for side in ("ours", "package")}, turns)
    of = {side: [result for one, result in found if one == side] for side in ("ours", "package")}
    peaks = [{side: of[side][turn]["peak"] for side in of} for turn in range(turns)]
    above = [{side: of[side][turn]["peak"] - of[side][turn]["before"] for side in of} for turn in range(turns)]
    long = region >= LONG
    busy = [{side: of[side][turn]["busy"] for side in of} for turn in range(turns)]
    lines = (
        ("seconds", seconds, 1.0),
        ("processor time", busy, 0.0),
        ("peak memory", peaks, _THIRD if long else 0.0),
        ("peak memory above that before the file", above, _THIRD if long else 0.0),
    )
    return [
        (
            f"{region:g}",
            str(shifts),
            what,
            *ratios(results, "ours", "package").cells,
            goal(ratios(results, "ours", "package").median, limit) if limit else "",
        )
        for what, results, limit in lines
    ]


if __name__ == "__main__":
    command("stems", measure)
