"""What the tests of several folders share."""

from __future__ import annotations

import gc
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from filelock import FileLock
from hypothesis import settings

ROOT = Path(__file__).parent.parent
_OTHERS = ("HARPIST_", "HF_", "HUGGING", "TRANSFORMERS_", "GRADIO_", "SPACE", "FORCE_COLOR", "PYTHONWARNINGS", "SSL_")

# Before anything imports torch: its waiting threads would spin, and on two cores take the time of those that work.
# Beside other tests a second thread costs more than it brings; how many a worker has is its server's to say.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
os.environ.setdefault("OMP_NUM_THREADS", "1")

# What a developer has set, for this server, the hub or the way to it, is none of the tests' business; nor is a hub
# beyond this machine: tests that need one serve it.
for name in [name for name in os.environ if name.startswith(_OTHERS) or name.lower().endswith("_proxy")]:
    if name != "HARPIST_CHROMIUM":
        del os.environ[name]
os.environ.update(HF_ENDPOINT="http://127.0.0.1:9", HF_TOKEN_PATH=os.devnull, COLUMNS="80")

# Each call of httpx would read the certificates of a hundred authorities, which nobody here asks, for 20 ms.
os.environ["SSL_CERT_DIR"] = os.devnull

# How long an example takes says more of what else the machine does.
settings.register_profile("tests", deadline=None)
settings.load_profile("tests")

# A shell that starts the tests in the background lets them ignore Ctrl+C, and what they start would inherit that.
signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_collection_finish() -> None:
    """Look for garbage in what the tests make only: what was imported for them stays, and is half a million objects."""
    gc.collect()
    gc.freeze()


@pytest.fixture(scope="session")
def bundled_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A server's home folder with every bundled model exported into it, by the exporter that a first start runs."""
    shared = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:  # all test processes of one run take the same
        shared = shared.parent
    home = shared / "home-of-all"
    command = [sys.executable, "-W", "error", "-m", "endpoints.bundled", "--out", str(home / "bundled")]
    with FileLock(shared / "home-of-all.lock"):
        done = subprocess.run(command, cwd=ROOT, check=False, capture_output=True, text=True, timeout=900)
    assert (done.returncode, done.stderr) == (0, ""), "exports without a warning"
    return home
