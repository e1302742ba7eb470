"""Table 11: what has been added costs those nothing who do not use it: this server beside that of an earlier commit."""

from __future__ import annotations

import io
import statistics
import subprocess
import sys
import tarfile
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from benchmarks import models
from benchmarks.calls import controls
from benchmarks.measuring import Ratios, goal, in_turns, ratios
from benchmarks.processes import TICK, private_mib, processor_seconds, tree
from benchmarks.servers import ROOT, serving
from benchmarks.table import Options, Table, command

BEFORE = "192df47"
"""The last commit before networks of packages, weights of endpoints, stems, MIDI and pyharp's apps."""

START, FIRST, SECOND, MEMORY, ALL = (
    "start-up (s)",
    "first `/controls` (s)",
    "later `/controls`, median of 100 (s)",
    "memory of the server process (MiB)",
    "memory of all its processes (MiB)",
)
LIMIT = 1.05

COLUMNS = ("What", "Before", "Now", "Now / before", "Least – most", "Turns", "Goal")


def measure(options: Options) -> Table:
    """Start both servers in turns, each with its own bundled models, already exported, and one further model."""
    turns = 1 if options.quick else 31
    commit = "HEAD" if options.quick else BEFORE
    with _earlier(commit) as before, tempfile.TemporaryDirectory(prefix="start-up-", dir=options.home) as scratch:
        places = {"before": (before, Path(scratch) / "before"), "now": (ROOT, Path(scratch) / "now")}
        kept: dict[str, list[dict[str, float]]] = {name: [] for name in places}

        def once(name: str) -> float:
            kept[name].append(_measured(options, *places[name]))
            return 0.0

        for root, home in places.values():
            export = [sys.executable, "-m", "endpoints.bundled", "--out", str(home / "bundled")]
            subprocess.run(export, cwd=root, check=True)
            _measured(options, root, home)  # the first start tries the models, and reads every file from the disk
        in_turns({name: lambda name=name: once(name) for name in places}, turns)
    return Table(COLUMNS, [_row(what, kept["before"], kept["now"]) for what in (START, FIRST, SECOND, MEMORY, ALL)])


def _row(what: str, before: list[dict[str, float]], now: list[dict[str, float]]) -> tuple[str, ...]:
    sides = [Ratios(tuple(turn[what] for turn in turns)).cells[0].strip("*") for turns in (before, now)]
    pairs = [{"before": one[what], "now": other[what]} for one, other in zip(before, now, strict=True)]
    compared = ratios(pairs, "now", "before")
    return (what, *sides, *compared.cells, goal(compared.median, LIMIT))


def _measured(options: Options, root: Path, home: Path) -> dict[str, float]:
    model = models.IDENTITY.export(options.home)
    begin = time.perf_counter()
    with serving(home, "--model", str(model), root=root, HF_HUB_OFFLINE="1") as server:
        start = time.perf_counter() - begin
        # Not later: after seconds of rest memory is slow to reach, and a twentieth call takes as long as a first.
        _at_rest(server.pid)
        url = f"{server.url}/models/{models.IDENTITY.id}"
        first, *later = (controls(url) for _ in range(101))
        return {
            START: start,
            FIRST: first,
            SECOND: statistics.median(later),
            MEMORY: private_mib(server.pid),
            ALL: sum(private_mib(pid) for pid in tree(server.pid)),
        }


def _at_rest(pid: int) -> None:
    """Wait until what is done beside the first calls is over, such as importing the pages' library."""
    used = -1.0
    while processor_seconds(pid) - used > TICK:
        used = processor_seconds(pid)
        time.sleep(0.25)


@contextmanager
def _earlier(commit: str) -> Iterator[Path]:
    """The project's files at a commit, in a folder of their own."""
    packed = subprocess.run(["git", "archive", commit], cwd=ROOT, check=False, capture_output=True)
    if packed.returncode:
        raise SystemExit(f"commit {commit} is needed, with the history: {packed.stderr.decode().strip()}")
    with tempfile.TemporaryDirectory(prefix="harpist-before-") as folder:
        with tarfile.open(fileobj=io.BytesIO(packed.stdout)) as archive:
            archive.extractall(folder, filter="data")
        yield Path(folder)


if __name__ == "__main__":
    command("start_up", measure)
