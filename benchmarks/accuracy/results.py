"""What was measured of each task, kept in ``results.json`` beside this file.

The README's table and the weakest cases in ``docs/models.md`` are made of it. A task that is measured again replaces
only its own lines.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

from benchmarks.accuracy.comparing import Report, Weakness

KEPT = Path(__file__).parent / "results.json"


@dataclass(frozen=True)
class Result:
    """One task as it was measured last.

    Attributes:
        task: its name on the command line.
        endpoint: the id of ours, without its owner.
        rows: its lines of the table.
        notes: its lines below the table.
        worst: ours's three worst cases of each of its comparisons.
        machine: when, and on what.
    """

    task: str
    endpoint: str
    rows: tuple[tuple[str, ...], ...]
    notes: tuple[str, ...] = ()
    worst: tuple[Weakness, ...] = ()
    machine: str = ""


def result(task: str, endpoint: str, report: Report, machine: str) -> Result:
    """Return what is kept of a task's report."""
    return Result(task, endpoint, tuple(report.rows), tuple(report.notes), tuple(report.worst), machine)


def kept(path: Path = KEPT) -> dict[str, Result]:
    """Return what was kept, by task; nothing where there is no file."""
    if not path.exists():
        return {}
    told = json.loads(path.read_text(encoding="utf-8"))
    return {name: _read(name, item) for name, item in told.items()}


def keep(results: Mapping[str, Result], order: Iterable[str], path: Path = KEPT) -> None:
    """Write the results of the tasks in ``order``."""
    told = {name: asdict(results[name]) for name in order if name in results}
    for item in told.values():
        del item["task"]
    path.write_text(json.dumps(told, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def weaknesses(endpoint: str, path: Path = KEPT) -> list[Weakness]:
    """Return the worst cases of an endpoint, by its id without the owner."""
    return [weak for one in kept(path).values() if one.endpoint == endpoint for weak in one.worst]


def _read(name: str, item: dict[str, object]) -> Result:
    rows = tuple(tuple(row) for row in item["rows"])  # type: ignore[attr-defined]
    worst = tuple(Weakness(**weak) for weak in item["worst"])  # type: ignore[attr-defined]
    return Result(name, str(item["endpoint"]), rows, tuple(item["notes"]), worst, str(item["machine"]))  # type: ignore[arg-type]
