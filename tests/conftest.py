"""What the tests of several folders share."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from filelock import FileLock

# Before anything imports torch: its waiting threads would spin, and on two cores take the time of those that work.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

# A shell that starts the tests in the background lets them ignore Ctrl+C, and what they start would inherit that.
signal.signal(signal.SIGINT, signal.default_int_handler)

ROOT = Path(__file__).parent.parent


@pytest.fixture(scope="session")
def bundled_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A server's home folder with every bundled model exported into it, by the exporter that a first start runs."""
    shared = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:  # all test processes of one run take the same
        shared = shared.parent
    home = shared / "home-of-all"
    command = [sys.executable, "-m", "endpoints.bundled", "--out", str(home / "bundled")]
    with FileLock(shared / "home-of-all.lock"):
        subprocess.run(command, cwd=ROOT, env={**os.environ}, check=True, capture_output=True, timeout=300)
    return home
