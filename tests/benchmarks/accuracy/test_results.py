"""What was measured is kept by task, and every weak case that is told has its reason."""

from __future__ import annotations

from pathlib import Path

from benchmarks.accuracy.comparing import Case, Method, Report, compare
from benchmarks.accuracy.reasons import reason
from benchmarks.accuracy.results import keep, kept, result, weaknesses
from benchmarks.accuracy.table import TASKS, table

CASES = [Case(name, Path(name), truth) for name, truth in (("near", 1.0), ("far", 4.0), ("farther", 7.0), ("at", 0.0))]


def report() -> Report:
    methods = [Method("Harpist", "", lambda: lambda _: 0.0), Method("other", "", lambda: lambda _: 1.0)]
    return compare("Key", CASES, methods, lambda case, found: {"off": abs(case.truth - found)}, "off", high_is_bad=True)


def test_the_three_worst_cases_come_worst_first_with_the_best_of_the_others() -> None:
    found = [(weak.case, weak.value, weak.peer) for weak in report().worst]
    assert found == [("farther", "7.00", "other 6.00"), ("far", "4.00", "other 3.00"), ("near", "1.00", "other 0.00")]


def test_results_are_kept_as_they_are(tmp_path: Path) -> None:
    results = {"key": result("key", "key", report(), "a machine")}
    keep(results, TASKS, tmp_path / "results.json")
    assert kept(tmp_path / "results.json") == results
    assert [weak.case for weak in weaknesses("key", tmp_path / "results.json")] == ["farther", "far", "near"]
    assert weaknesses("chords", tmp_path / "results.json") == []


def test_the_table_has_the_lines_of_every_task_and_says_which_was_measured_where() -> None:
    pages = {name: result(name, "key", report(), machine) for name, machine in (("key", "here"), ("chords", "there"))}
    lines = table(pages).splitlines()
    assert sum(line.startswith("| Key | **Harpist** | off 3.00 | 1 |") for line in lines) == 2
    assert "key: here" in lines and "chords: there" in lines


def test_every_weak_case_that_is_told_has_a_reason() -> None:
    assert [weak for one in kept().values() for weak in one.worst if not reason(weak)] == []
