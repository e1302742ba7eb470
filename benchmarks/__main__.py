"""Make every table, or those that are named: ``python -m benchmarks [TABLE ...] [options of the tables]``."""

from __future__ import annotations

import subprocess
import sys

from benchmarks.servers import ROOT

TABLES = (
    "end_to_end",
    "server_cost",
    "memory",
    "quality",
    "throughput",
    "engine_choices",
    "isolation",
    "many_models",
    "stems",
    "effects",
    "deepafx",
    "repeated",
    "tagbox",
    "tagbox_variants",
    "tagbox_song",
    "tagbox_codec",
    "vampnet",
    "musicgen",
    "transcribe",
    "transcribe_sizes",
    "time_pitch",
    "repair",
    "scale_simulation",
    "start_up",
    "accuracy",
)


def main(arguments: list[str]) -> int:
    """Run each table's command in a process of its own; return how many failed."""
    named = [argument for argument in arguments if argument in TABLES]
    options = [argument for argument in arguments if argument not in TABLES]
    failed = 0
    for table in named or TABLES:
        print(f"== {table}", flush=True)
        ended = subprocess.run([sys.executable, "-m", f"benchmarks.{table}", *options], cwd=ROOT, check=False)
        failed += ended.returncode != 0
    return failed


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
