"""What a child process gives up before it builds an endpoint, so that it can neither outlive nor disturb the server.

Linux has all of it. Elsewhere the death of the server is noticed on the pipe only, and memory is not limited
(macOS accepts the limit and ignores it).
"""

from __future__ import annotations

import contextlib
import os
import signal
import sys
from pathlib import Path

from app.workers.sandbox.privileges import close_inherited

_PR_SET_PDEATHSIG = 1


def confine(pipe: int) -> None:
    """Settle this process as a worker, whose way to the server is the open file ``pipe``."""
    close_inherited(pipe)
    _silence()
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    if sys.platform == "win32":
        return
    os.setsid()
    _die_with_the_server()
    with contextlib.suppress(OSError):
        Path("/proc/self/oom_score_adj").write_text("1000")
    import resource

    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def private_memory() -> int:
    """Return the bytes that RLIMIT_DATA counts of this process; 0 where there is no telling.

    Libraries alone take some of it, and PyTorch's build for CUDA three times as much as the one for processors.
    """
    with contextlib.suppress(OSError, StopIteration, ValueError):
        lines = Path("/proc/self/status").read_text().splitlines()
        return 1024 * int(next(line for line in lines if line.startswith("VmData:")).split()[1])
    return 0


def limit_memory(allowed: int, held: int) -> None:
    """Let allocations fail beyond ``allowed`` bytes of private memory more than the ``held`` ones.

    RLIMIT_DATA rather than RLIMIT_AS, since torch maps far more addresses than it uses. Not for a GPU, whose driver
    maps memory in ways of its own.
    """
    if sys.platform == "win32":
        return
    import resource

    with contextlib.suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_DATA, (allowed + held, allowed + held))


def _silence() -> None:
    """Send what the model prints nowhere: it is nobody's to read, and a flood of it would fill a log."""
    nowhere = os.open(os.devnull, os.O_RDWR)
    for stream in (0, 1, 2):
        os.dup2(nowhere, stream)
    os.close(nowhere)
    sys.stdout = open(1, "w", encoding="utf-8", closefd=False)  # noqa: SIM115
    sys.stderr = sys.stdout


def _die_with_the_server() -> None:
    """Let the kernel end this process when the fork server ends, even inside native code that never returns.

    The fork server ends with the server, since no worker holds the pipe open on which it watches the server.
    """
    if sys.platform == "linux":
        import ctypes

        parent = os.getppid()
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != parent:
            os._exit(1)
