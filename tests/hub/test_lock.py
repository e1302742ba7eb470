from __future__ import annotations

import subprocess
import sys
import threading
from pathlib import Path

import pytest

from app.errors import BusyError, JobCancelledError
from app.hub.lock import locked

NEVER = threading.Event()


def test_one_holds_it_at_a_time(tmp_path: Path) -> None:
    path = tmp_path / "locks" / "a.lock"
    with locked(path, None, NEVER), pytest.raises(BusyError, match="try again"), locked(path, None, NEVER):
        pass
    with locked(path, None, NEVER):
        pass


def test_waiting_ends_with_the_lock_or_a_cancel(tmp_path: Path) -> None:
    path, cancel, waited = tmp_path / "a.lock", threading.Event(), []

    def waiting() -> None:
        waited.append(1)
        if len(waited) == 2:
            cancel.set()

    with locked(path, None, NEVER), pytest.raises(JobCancelledError), locked(path, waiting, cancel):
        pass
    assert len(waited) == 2


def test_a_killed_process_holds_nothing(tmp_path: Path) -> None:
    path = tmp_path / "a.lock"
    script = (
        "import sys, threading, time; from pathlib import Path; from app.hub.lock import locked\n"
        "with locked(Path(sys.argv[1]), None, threading.Event()): print('held', flush=True); time.sleep(60)"
    )
    with subprocess.Popen([sys.executable, "-c", script, str(path)], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout.readline() == "held\n"
        with pytest.raises(BusyError), locked(path, None, NEVER):
            pass
        process.kill()
        process.wait()
    with locked(path, None, NEVER):
        pass
