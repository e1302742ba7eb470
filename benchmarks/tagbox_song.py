"""Table 15, below: a whole song through steered separation, with its settings as they stand at first."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile

from benchmarks.measuring import goal
from benchmarks.servers import ROOT
from benchmarks.sounds import file_of
from benchmarks.table import Options, Table, command

REGIONS = (30.0, 60.0, 240.0)
COLUMNS = ("Region (s)", "Seconds", "Seconds a second", "Peak memory (MiB)", "Above that before the file")
_MOST = 1.2
"""How many times as much memory as for a minute four may take.

Half a minute is three windows, after which what a worker has freed and keeps still grows.
"""


def measure(options: Options) -> Table:
    """Bring drums out of short and long regions, each in a process of its own."""
    rows, above = [], []
    for region in (3.0, 6.0, 9.0) if options.quick else REGIONS:
        sound = file_of(options.home, region)
        with tempfile.TemporaryDirectory() as out:
            line = [sys.executable, "-m", "benchmarks.one_steering", str(sound), out]
            ended = subprocess.run(line, cwd=ROOT, check=True, capture_output=True, text=True)
        found = json.loads(ended.stdout)
        above.append(found["peak"] - found["before"])
        each = found["seconds"] / region
        rows.append(
            (f"{region:g}", f"{found['seconds']:.0f}", f"{each:.1f}", f"{found['peak']:.0f}", f"{above[-1]:.0f}")
        )
    told = goal(above[-1] / above[-2], _MOST)
    return Table(
        COLUMNS,
        rows,
        [f"Memory above that before the file, the longest / a minute: {above[-1] / above[-2]:.2f}; {told}."],
    )


if __name__ == "__main__":
    command("tagbox_song", measure)
