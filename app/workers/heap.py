"""Memory that a worker has freed stays at hand for its next call, until the worker is idle.

glibc gives large blocks back to the kernel as soon as they are freed, and takes every page anew for the next one: a
network's layers then wait for pages rather than compute. Measured with Conv-TasNet on a minute of sound, keeping them
makes the call four times faster. Other C libraries are left as they are.
"""

from __future__ import annotations

import ctypes
import sys

IDLE = 5.0
"""Seconds without a job after which a worker gives back what it keeps."""

_M_TRIM_THRESHOLD, _M_MMAP_THRESHOLD, _M_ARENA_MAX = -1, -3, -8
_LARGEST = 2**30
"""Bytes of a block that is kept; larger ones go at once."""
_ALL = 2**31 - 1

_LIBRARY = ctypes.CDLL(None) if sys.platform == "linux" else None


def keep_freed_memory() -> None:
    """Keep what this process frees; call :func:`give_back` when it is idle."""
    if _LIBRARY is not None and hasattr(_LIBRARY, "mallopt"):
        # One heap for all threads: those of a job are new each time, and each would begin with a heap of its own.
        _LIBRARY.mallopt(_M_ARENA_MAX, 1)
        _LIBRARY.mallopt(_M_MMAP_THRESHOLD, _LARGEST)
        _LIBRARY.mallopt(_M_TRIM_THRESHOLD, _ALL)


def give_back() -> None:
    """Give all that is kept back to the system."""
    if _LIBRARY is not None and hasattr(_LIBRARY, "malloc_trim"):
        _LIBRARY.malloc_trim(0)
