"""The command line without a process of its own: what starts workers forks them from the one that has torch already.

A process of its own imports torch first, which takes longer than most of what is tested here. It is tried with real
processes, too: signals, pipes, names that are no text, and one whole run.
"""

from __future__ import annotations

import contextlib
import io
import signal
import subprocess
from pathlib import Path

import pytest

from app.cli import main
from tests.server.running import IN_TESTS, ROOT


def run_here(home: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run ``python -m app`` with a home folder of its own; returns its exit code and what it printed."""
    out, err = io.StringIO(), io.StringIO()
    before = signal.getsignal(signal.SIGTERM)
    with pytest.MonkeyPatch.context() as patch, contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        patch.chdir(ROOT)
        for name, value in {"HARPIST_HOME": str(home), **IN_TESTS}.items():
            patch.setenv(name, value)
        try:
            code = main(arguments)
        finally:
            signal.signal(signal.SIGTERM, before)
    return subprocess.CompletedProcess(["python", "-m", "app", *arguments], code, out.getvalue(), err.getvalue())
