"""Table 8: what installed models cost a server that nobody calls: start-up, memory, and the first call of one."""

from __future__ import annotations

import json
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median

from app.audacitorch.profile import ModelProfile, write_profile
from app.hub.installed import Installed
from app.hub.record import InstalledFile, InstalledModel, write_record
from benchmarks import models
from benchmarks.calls import controls
from benchmarks.measuring import in_turns, shown
from benchmarks.processes import private_mib
from benchmarks.servers import serving
from benchmarks.table import Options, Table, command

COUNTS = (1, 30, 300)
QUICK = (1, 3)
COMMIT = "0" * 40

START, FIRST, LISTED, MEMORY, MEMORY_LISTED = (
    "start-up (s)",
    "first /controls of one (s)",
    "first list of all (s)",
    "memory of the server process (MiB)",
    "the same, after the list (MiB)",
)
GOALS = {START: 5.0, FIRST: 1.0}
EACH = 1.0
"""MiB that one more installed model may cost until it is used."""

COLUMNS = ("Models", "What", "Median", "Least – most", "Turns", "Over 1 model", "Goal")


def measure(options: Options) -> Table:
    """Measure every number of models, each in a fresh server."""
    counts = QUICK if options.quick else COUNTS
    turns = 1 if options.quick else 5
    results: dict[int, list[dict[str, float]]] = {count: [] for count in counts}

    def once(count: int) -> float:
        results[count].append(_measured(options, count))
        return 0.0

    # The first start exports the bundled models, and reads every file from the disk.
    _measured(options, counts[0])
    in_turns({str(count): lambda count=count: once(count) for count in counts}, turns)
    rows = [row for count in counts for row in _rows(count, results[count], results[counts[0]], counts[0])]
    return Table(COLUMNS, rows)


def _rows(
    count: int, measured: list[dict[str, float]], single: list[dict[str, float]], fewest: int
) -> Iterator[tuple[str, ...]]:
    for what in measured[0]:
        values = [turn[what] for turn in measured]
        middle, base = median(values), median(turn[what] for turn in single)
        aim = ""
        if what in GOALS:
            aim = f"at most {GOALS[what]:g}: {'met' if middle <= GOALS[what] else 'missed'}"
        elif what in (MEMORY, MEMORY_LISTED) and count > fewest:
            each = (middle - base) / (count - fewest)
            aim = f"under {EACH:g} a model: {each:.3f}, {'met' if each < EACH else 'missed'}"
        ratio = f"{middle / base:.2f}" if count > fewest else ""
        spread = f"{shown(min(values))} – {shown(max(values))}"
        yield str(count), what, f"**{shown(middle)}**", spread, str(len(values)), ratio, aim


def _measured(options: Options, count: int) -> dict[str, float]:
    with _home(options.home, count) as home:
        begin = time.perf_counter()
        with serving(home, HF_HUB_OFFLINE="1") as server:
            start = time.perf_counter() - begin
            # What is done beside the first calls, such as importing the pages' library, is over then.
            time.sleep(0.5 if options.quick else 6.0)
            memory = private_mib(server.pid)
            first = controls(f"{server.url}/models/copies/model-{count - 1}")
            begin = time.perf_counter()
            with urllib.request.urlopen(f"{server.url}/manager/models?installed=yes") as answer:
                json.load(answer)
            listed = time.perf_counter() - begin
            return {START: start, FIRST: first, LISTED: listed, MEMORY: memory, MEMORY_LISTED: private_mib(server.pid)}


@contextmanager
def _home(home: Path, count: int) -> Iterator[Path]:
    """A server's home with so many installed models; the bundled ones are kept in ``home``."""
    source = models.IDENTITY.export(home)
    profile = ModelProfile(labels=False, rows=1, channels=1, probabilities=False, seconds=2.5)
    with tempfile.TemporaryDirectory(prefix="many-", dir=home) as scratch:
        (home / "bundled").mkdir(exist_ok=True)
        (Path(scratch) / "bundled").symlink_to(home / "bundled")
        installed = Installed(Path(scratch) / "hub")
        for number in range(count):
            model_id = f"copies/model-{number}"
            folder = installed.home(model_id) / COMMIT
            folder.mkdir(parents=True)
            names = [path.name for path in source.iterdir() if path.name in ("model.pt", "metadata.json", "README.md")]
            for name in names:
                (folder / name).hardlink_to(source / name)
            kept = tuple(InstalledFile(name, (source / name).stat().st_size, "") for name in names)
            model = InstalledModel(model_id, COMMIT, "", "2026-01-01T00:00:00Z", "mit", (), kept)
            write_record(installed.home(model_id), model)
            write_profile(installed.profile(model), profile, folder)
        yield Path(scratch)


if __name__ == "__main__":
    command("many_models", measure)
