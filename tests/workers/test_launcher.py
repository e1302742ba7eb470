"""What the fork server has imported, and that nothing ran in it."""

from __future__ import annotations

import importlib
import subprocess
import sys
from pathlib import Path

import pytest

from app.workers.preload import PRELOADED

SCRIPT = """
import os, sys
from app.workers.preload import PRELOADED
missing = [name for name in PRELOADED if name not in sys.modules]
assert not missing, missing
assert os.environ["OMP_WAIT_POLICY"] == "PASSIVE"
import torch
assert len(os.listdir("/proc/self/task")) == 1, "a thread would be missing in a forked worker"
pid = os.fork()
if pid == 0:
    torch.set_num_threads(2)
    big = torch.ones(600, 600)
    os._exit(0 if float((big @ big)[0, 0]) == 600 else 1)
assert os.waitpid(pid, 0)[1] == 0
"""


@pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")
def test_preloading_starts_no_thread_and_computes_nothing() -> None:
    subprocess.run([sys.executable, "-c", SCRIPT], check=True, timeout=120, cwd=Path(__file__).parents[2])


def test_everything_preloaded_exists() -> None:
    assert "torch" in PRELOADED
    assert all(importlib.util.find_spec(name) for name in PRELOADED)
