"""What this process does at a signal, kept as it was: Ray puts something of its own there, in C, where it joins."""

from __future__ import annotations

import ctypes
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager

_LIBRARY = ctypes.CDLL(None)
_OURS = (signal.SIGTERM, signal.SIGINT)
_ACTION = 256
"""Bytes that hold a ``struct sigaction`` of any system: of Linux, it takes 152."""


@contextmanager
def kept_signals() -> Iterator[None]:
    """Give back, afterwards, what SIGTERM and SIGINT do; on any thread, unlike :func:`signal.signal`.

    Else a server that has joined a cluster again ends at once, without its grace.
    """
    before = [(number, signal.getsignal(number), ctypes.create_string_buffer(_ACTION)) for number in _OURS]
    for number, _, action in before:
        _LIBRARY.sigaction(number, None, action)
    try:
        yield
    finally:
        for number, handler, action in before:
            if handler is not None and threading.current_thread() is threading.main_thread():
                signal.signal(number, handler)  # what Python notes of it; Ray sets that on the main thread alone
            _LIBRARY.sigaction(number, action, None)
