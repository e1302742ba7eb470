"""What a process does at a signal: the same after a library has put something else there, in C."""

from __future__ import annotations

import subprocess
import sys

from app.own_code import ROOT

JOINS = """
import ctypes, os, signal, sys, threading
from app.backends.ray_cluster.signals import kept_signals

def join():
    with kept_signals():
        if threading.current_thread() is threading.main_thread():
            signal.signal(signal.SIGTERM, lambda number, frame: sys.exit("by the library"))
        ctypes.CDLL(None).signal(signal.SIGTERM, None)  # the default: to end at once

signal.signal(signal.SIGTERM, lambda number, frame: sys.exit("in order"))
join()
thread = threading.Thread(target=join)
thread.start()
thread.join()
os.kill(os.getpid(), signal.SIGTERM)
"""


def test_a_signal_does_what_it_did_before() -> None:
    ran = subprocess.run(
        [sys.executable, "-c", JOINS], cwd=ROOT, capture_output=True, text=True, timeout=60, check=False
    )
    assert (ran.returncode, ran.stderr) == (1, "in order\n")
