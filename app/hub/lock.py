"""A lock between threads and processes, which the end of its holder releases, however it ends."""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from app.errors import BusyError
from app.hub.failures import cancelled

_PAUSE = 0.1


@contextmanager
def locked(path: Path, waiting: Callable[[], None] | None, cancel: threading.Event) -> Iterator[None]:
    """Hold the lock of a file, which is made when missing and never removed.

    Args:
        path: the file.
        waiting: called every 0.1 s while someone else holds it; ``None`` not to wait.
        cancel: set to give up.

    Raises:
        BusyError: someone else holds it, and ``waiting`` is ``None``.
        JobCancelledError: ``cancel`` was set while waiting.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | getattr(os, "O_CLOEXEC", 0), 0o644)
    try:
        while not _take(descriptor):
            if waiting is None:
                raise BusyError("This model is being installed or changed just now; try again when that has ended.")
            waiting()
            if cancel.wait(_PAUSE):
                raise cancelled()
        yield
    finally:
        os.close(descriptor)


if sys.platform == "win32":
    import msvcrt

    def _take(descriptor: int) -> bool:
        try:
            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        return True
else:
    import fcntl

    def _take(descriptor: int) -> bool:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True
