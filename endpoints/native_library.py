"""Libraries of the system, written in C: found without starting a program, each function with its types."""

from __future__ import annotations

import ctypes
from collections.abc import Mapping, Sequence
from typing import Any

from app.errors import ModelRunError

Calls = Mapping[str, tuple[Any, tuple[Any, ...]]]
"""What each function returns and takes, as ctypes names it."""


def open_native(names: Sequence[str], calls: Calls, missing: str) -> Any:
    """Return the first library of these names that has all these functions.

    Args:
        names: under which systems load it.
        calls: its functions.
        missing: the sentence where there is none.

    Raises:
        ModelRunError: it is not on this machine, or too old.
    """
    for name in names:
        try:
            library = ctypes.CDLL(name)
            for call, (returns, takes) in calls.items():
                function = getattr(library, call)
                function.restype, function.argtypes = returns, takes
        except (OSError, AttributeError):
            continue
        return library
    raise ModelRunError(missing)
