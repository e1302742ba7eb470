"""Make the table: ``python -m benchmarks.accuracy [--only TASK,TASK] [options of every benchmark]``."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path

for _name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS"):
    os.environ.setdefault(_name, "1")  # before numpy is imported: every method runs in one thread

from benchmarks.accuracy.programs import MissingProgramError  # noqa: E402
from benchmarks.accuracy.table import TASKS, measure  # noqa: E402
from benchmarks.table import HOME, Options, command  # noqa: E402


def main() -> int:
    """Run the command; 1 and a sentence where a program is missing."""
    parser = argparse.ArgumentParser(add_help=False)
    parser.add_argument("--only", default="", help="tasks, parted by commas; their table is printed, not kept")
    parser.add_argument("--home", type=Path, default=HOME)
    parser.add_argument("--quick", action="store_true")
    given, _ = parser.parse_known_args()
    wanted = tuple(filter(None, given.only.split(",")))
    if unknown := set(wanted) - set(TASKS):
        print(f"There is no task {', '.join(sorted(unknown))}; there are {', '.join(TASKS)}.", file=sys.stderr)
        return 2
    try:
        if wanted:
            print(measure(Options(given.quick, given.home.absolute(), None), wanted).text())
        else:
            command("accuracy", measure)
    except MissingProgramError as error:
        print(error.message, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
