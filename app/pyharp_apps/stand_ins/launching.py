"""What becomes of ``launch()``: no server starts, and the app has said all that it has to say."""

from __future__ import annotations

import contextlib
import signal
import threading
from collections.abc import Iterator
from types import FrameType

PATIENCE = 2.0
"""Seconds that the rest of a file gets which launched without waiting, as in a thread; then it ends."""


class Launched(BaseException):
    """Ends the file of an app: there its server would have run, until the end."""


class Launches:
    """Ends an app's file when it launches."""

    def __init__(self) -> None:
        self._running: threading.Thread | None = None
        self._timer: threading.Timer | None = None

    @contextlib.contextmanager
    def ending(self) -> Iterator[None]:
        """Let a launch within end what runs in this thread; one in another thread ends it after :data:`PATIENCE`."""
        self._running = threading.current_thread()
        # It stays: one that comes late must not end the process.
        with contextlib.suppress(ValueError, AttributeError, OSError):
            signal.signal(signal.SIGUSR1, self._leave)
        try:
            with contextlib.suppress(Launched):
                yield
        finally:
            self._running = None
            if self._timer is not None:
                self._timer.cancel()

    def launch(self, *, waits: bool) -> None:
        """Take a launch; ``waits``: whether the server would have held the app's file up."""
        running = self._running
        if running is None:
            return
        if waits and threading.current_thread() is running:
            raise Launched
        if self._timer is None:
            self._timer = threading.Timer(PATIENCE, self._interrupt)
            self._timer.daemon = True
            self._timer.start()

    def _interrupt(self) -> None:
        running = self._running
        if running is not None and running.ident is not None and hasattr(signal, "pthread_kill"):
            signal.pthread_kill(running.ident, signal.SIGUSR1)

    def _leave(self, _signal: int, _frame: FrameType | None) -> None:
        if self._running is not None:
            raise Launched


LAUNCHES = Launches()
