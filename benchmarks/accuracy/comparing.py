"""Methods side by side on the same files: what each finds, how right it is, and the processor time it takes."""

from __future__ import annotations

import contextlib
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.measuring import shown

OURS = "Harpist"

_FAILURES = (ArithmeticError, IndexError, RuntimeError, ValueError, TypeError, AttributeError)
"""What a method that cannot cope with a file raises."""

Run = Callable[[Path], Any]
"""From a file to what was found in it."""

Scores = Mapping[str, float]
"""One file's scores by name; NaN where one has no meaning, which leaves the file out of that mean."""


@dataclass(frozen=True)
class Method:
    """One way to do a task.

    Attributes:
        name: how the tables call it.
        package: the distribution that it needs, as pip calls it; ``""`` for ours.
        prepare: imports and loads what it needs, then returns what is run on each file.
    """

    name: str
    package: str
    prepare: Callable[[], Run]

    @property
    def title(self) -> str:
        """Its name, and the version of its package."""
        return f"{self.name} {version(self.package)}" if self.package else self.name


@dataclass(frozen=True)
class Case:
    """A file, and what is known of it."""

    name: str
    wav: Path
    truth: Any


@dataclass(frozen=True)
class Weakness:
    """One of the cases in which ours is worst.

    Attributes:
        task: how the table calls it.
        score: the name of the score by which it is worst.
        case: the file's name.
        value: ours, as the table writes it.
        peer: the best of the others there and its value; ``""`` where nobody else was measured.
    """

    task: str
    score: str
    case: str
    value: str
    peer: str


@dataclass
class Report:
    """What a task's comparison says: lines of the table, lines below it, and ours's three worst cases."""

    rows: list[tuple[str, str, str, str]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    worst: list[Weakness] = field(default_factory=list)

    def add(self, other: Report) -> None:
        """Append another."""
        self.rows += other.rows
        self.notes += other.notes
        self.worst += other.worst


@dataclass
class _Record:
    title: str
    scores: dict[str, Scores] = field(default_factory=dict)
    seconds: dict[str, float] = field(default_factory=dict)
    failed: list[str] = field(default_factory=list)


def compare(
    task: str,
    cases: Sequence[Case],
    methods: Sequence[Method],
    score: Callable[[Case, Any], Scores],
    worst: str,
    *,
    high_is_bad: bool = False,
) -> Report:
    """Run one method after the other on every case, and score what it finds; each line is also said when it is known.

    Processor time is that of the process, from a file on disk to the result; every method has run on the first case
    before, uncounted. A peer that is not installed, or that fails, is named below the table.

    Args:
        task: how the table calls it.
        cases: the files.
        methods: ours is the first.
        score: of one case and of what was found there.
        worst: the score by which ours's three worst cases are found: the lower, the worse.
        high_is_bad: the higher, the worse.
    """
    report, records = Report(), []
    for method in methods:
        print(f"{task}: {method.name}", file=sys.stderr, flush=True)
        try:
            record = _Record(method.title)
            run = method.prepare()
            _measure(record, run, cases, score)
        except (ImportError, PackageNotFoundError, OSError) as error:
            if not method.package:
                raise
            report.notes.append(f"{task}: {method.name} did not run: {_reason(method, error)}.")
            continue
        records.append(record)
        report.rows.append(_row(task, record, records[0]))
        print(" | ".join(report.rows[-1]), file=sys.stderr, flush=True)
        if record.failed:
            report.notes.append(f"{task}: {record.title} failed on {', '.join(record.failed)}; left out of its means.")
    report.worst = _worst(task, records, worst, -1.0 if high_is_bad else 1.0)
    return report


def _row(task: str, record: _Record, ours: _Record) -> tuple[str, str, str, str]:
    names = list(next(iter(ours.scores.values())))
    means = ", ".join(f"{name} {_mean(record, name)}" for name in names if _mean(record, name))
    if record is ours:
        return task, f"**{record.title}**", means, "1"
    common = [name for name in record.seconds if name in ours.seconds]
    seconds, own = (sum(one.seconds[name] for name in common) for one in (record, ours))
    return task, record.title, means, shown(seconds / own) if own else ""


def _measure(record: _Record, run: Run, cases: Sequence[Case], score: Callable[[Case, Any], Scores]) -> None:
    if len(cases) > 1:  # of one alone, the time is nobody's concern
        with contextlib.suppress(*_FAILURES):  # what fails here does so again below, where it is counted
            run(cases[0].wav)
    for case in cases:
        start = time.process_time()
        try:
            found = run(case.wav)
        except _FAILURES as error:
            print(f"{record.title}, {case.name}: {error!r}", file=sys.stderr, flush=True)
            record.failed.append(case.name)
            continue
        record.seconds[case.name] = time.process_time() - start
        record.scores[case.name] = score(case, found)


def _reason(method: Method, error: Exception) -> str:
    if isinstance(error, PackageNotFoundError):
        return f"{method.package} is not installed"
    return " ".join(str(error).split())[:120]


def _mean(record: _Record, name: str) -> str:
    values = np.array([scores[name] for scores in record.scores.values()])
    if not len(values) or np.isnan(values).all():
        return ""
    return _plain(float(np.nanmean(values)))


def _plain(value: float) -> str:
    return f"{value:.1f}" if abs(value) >= 10 else f"{value:.2f}"


def _worst(task: str, records: Sequence[_Record], key: str, sign: float) -> list[Weakness]:
    """Return where ours is worst, and what the best of the others has there."""
    scores = records[0].scores
    known = [name for name in scores if not np.isnan(scores[name][key])]
    found = []
    for name in sorted(known, key=lambda name: sign * scores[name][key])[:3]:
        others = [(record.scores[name][key], record.title) for record in records[1:] if name in record.scores]
        best = max(others, key=lambda other: sign * other[0], default=None)
        peer = f"{best[1]} {_plain(best[0])}" if best else ""
        found.append(Weakness(task, key, name, _plain(scores[name][key]), peer))
    return found
