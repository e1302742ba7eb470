"""How much of a region may be held in memory at once."""

from __future__ import annotations

import sys

_BUDGET = 2**30
"""Bytes that a region, and what comes of it, may take beside what the model itself needs, which is as much at most."""


def longest_whole(whole: int, held: int) -> int:
    """Return the longest region, in samples at the model's rate, that may be given to a model as a whole.

    Where this process's memory is limited, both together get half of what the limit is, if that is less.

    Args:
        whole: the longest that the model's own need allows (see :class:`app.audacitorch.profile.Calibration`).
        held: bytes that each sample takes beside that.
    """
    share = min(1.0, _limit() / 2 / (2 * _BUDGET))
    return int(share * min(whole, _BUDGET // held))


def _limit() -> float:
    """Return the limit of this process's memory, in bytes; endless where there is none."""
    if sys.platform == "win32":
        return float("inf")
    import resource

    limit = resource.getrlimit(resource.RLIMIT_DATA)[0]
    return float("inf") if limit == resource.RLIM_INFINITY else float(limit)
