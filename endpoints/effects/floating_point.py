"""How this processor counts, kept as it was: a plugin built for speed changes it for everything in its process."""

from __future__ import annotations

import ctypes
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from typing import Any

from app.errors import ModelRunError
from endpoints.native_library import open_native

_NAMES = ("libm.so.6", "libSystem.B.dylib", "ucrtbase.dll")
_STATE_BYTES = 512
"""More than ``fenv_t`` has on any processor."""


@contextmanager
def as_it_was() -> Iterator[None]:
    """Set rounding and the smallest numbers (flush to zero) back at the end.

    A library compiled with ``-ffast-math`` flushes them from the moment that it is loaded; what torch or numpy compute
    beside it would come out otherwise.
    """
    library = _library()
    state = ctypes.create_string_buffer(_STATE_BYTES)
    if library is not None:
        library.fegetenv(state)
    try:
        yield
    finally:
        if library is not None:
            library.fesetenv(state)


@lru_cache(maxsize=1)
def _library() -> Any:
    calls = dict.fromkeys(("fegetenv", "fesetenv"), (ctypes.c_int, (ctypes.c_char_p,)))
    try:
        return open_native(_NAMES, calls, "")
    except ModelRunError:
        return None
