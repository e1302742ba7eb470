"""Measure and make the table: ``python -m benchmarks.accuracy [--only TASK,TASK] [options of every benchmark]``."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path

for _name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS"):
    os.environ.setdefault(_name, "1")  # before numpy is imported: every method runs in one thread

from benchmarks.accuracy.programs import MissingProgramError  # noqa: E402
from benchmarks.accuracy.results import keep, kept  # noqa: E402
from benchmarks.accuracy.table import TASKS, measure, table  # noqa: E402
from benchmarks.table import HOME, README, Options, put  # noqa: E402


def main() -> int:
    """Run the command; 1 and a sentence where a program is missing."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.accuracy")
    parser.add_argument("--only", default="", help="tasks, parted by commas; the lines of the others stay")
    parser.add_argument("--quick", action="store_true", help="tiny inputs, without peers: does it run?")
    parser.add_argument("--home", type=Path, default=HOME, help="where models and sound are kept")
    parser.add_argument("--readme", type=Path, help="the file between whose marks the table goes")
    given = parser.parse_args()
    wanted = tuple(filter(None, given.only.split(",")))
    if unknown := set(wanted) - set(TASKS):
        print(f"There is no task {', '.join(sorted(unknown))}; there are {', '.join(TASKS)}.", file=sys.stderr)
        return 2
    readme: Path | None = given.readme or (None if given.quick else README)
    given.home.mkdir(parents=True, exist_ok=True)
    results = {} if given.quick else kept()
    try:
        for one in measure(Options(given.quick, given.home.absolute(), readme), wanted):
            results[one.task] = one
            if not given.quick:  # a long run that is ended early keeps what it has
                keep(results, TASKS)
            if readme is not None:
                put(readme, "accuracy", table(results))
    except MissingProgramError as error:
        print(error.message, file=sys.stderr)
        return 1
    print(table(results))
    return 0


if __name__ == "__main__":
    sys.exit(main())
