"""What a process of a stranger's code answers, in bounded time and memory."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import threading
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from app.errors import DeadlineError, WorkerCrashError

LONGEST = 4 << 20
"""Bytes of the longest answer."""


def answer_of(
    command: Sequence[str], folder: Path, environment: Mapping[str, str], seconds: float, late: str
) -> tuple[bytes, int]:
    """Run a program until it ends, and return what it wrote to its standard output, and its exit status.

    It and all that it started end with this call, whatever they do.

    Args:
        command: the program and its arguments.
        folder: where it starts.
        environment: its variables.
        seconds: how long it may take.
        late: the sentence for one that takes longer.

    Raises:
        DeadlineError: it took longer.
        WorkerCrashError: it wrote more than :data:`LONGEST` bytes.
    """
    end = time.monotonic() + seconds
    with subprocess.Popen(  # noqa: S603
        command,
        bufsize=0,
        cwd=folder,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    ) as process:
        try:
            answer = _read(process, end)
            if len(answer) <= LONGEST:
                process.wait(max(0.0, end - time.monotonic()))
        except (TimeoutError, subprocess.TimeoutExpired):
            raise DeadlineError(late) from None
        finally:
            _end(process)
    if len(answer) > LONGEST:
        raise WorkerCrashError(f"It answered with more than {LONGEST >> 20} MiB, and was ended.")
    return answer, process.returncode


def _read(process: subprocess.Popen[bytes], end: float) -> bytes:
    """Return what a process writes, until it closes its output or that is longer than :data:`LONGEST`.

    Raises:
        TimeoutError: it did neither until ``end``.
    """
    answer = bytearray()

    def read() -> None:
        assert process.stdout is not None
        with contextlib.suppress(OSError, ValueError):  # closed, since nobody waits any more
            while len(answer) <= LONGEST and (block := process.stdout.read(1 << 16)):
                answer.extend(block)

    # In a thread that nobody must wait for: a process that left its group could hold the pipe for ever.
    reader = threading.Thread(target=read, daemon=True)
    reader.start()
    reader.join(max(0.0, end - time.monotonic()))
    if reader.is_alive():
        raise TimeoutError
    return bytes(answer)


def _end(process: subprocess.Popen[bytes]) -> None:
    """End a process and all that it started."""
    with contextlib.suppress(OSError):
        if os.name == "posix":
            os.killpg(process.pid, signal.SIGKILL)
        else:
            process.kill()
