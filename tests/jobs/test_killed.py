"""A server that is killed at any step of a job, or of giving an earlier one's results, leaves nothing half done."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
WHOLE = [["left.bin", True], ["right.bin", True]]


def test_what_a_kill_leaves_is_whole_or_goes(tmp_path: Path):
    command = [sys.executable, "-m", "tests.jobs.killed", str(tmp_path)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stderr
    kills = [json.loads(line) for line in done.stdout.splitlines()]
    assert len(kills) > 150
    for kill in kills:
        # A folder with nothing in it is one that was just made; it goes with time.
        assert all(files in (WHOLE, []) for files in kill["left"]), kill
        assert kill["whole"]
    assert sum(files == [] for kill in kills for files in kill["left"]) < len(kills) / 10
