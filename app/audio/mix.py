"""The mono mix of several channels, and whether they cancel each other in it."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

Samples = NDArray[np.floating[Any]]

_CANCELLED = 0.25
"""Power of a mix, relative to that of channels that have nothing in common, below which they cancel each other."""


def cancel_each_other(samples: Samples) -> bool:
    """Whether the mix of ``samples (channels, n)`` is far quieter than the channels, as where one is inverted.

    Channels that have nothing in common, or of which one alone is heard, do not cancel each other: their mix has the
    sum of their powers, divided by the square of their number. Here it has less than a quarter of that.
    """
    if len(samples) < 2 or not samples.size:
        return False
    wide = samples.astype(np.float64)
    apart = float(np.square(wide).mean(axis=1).sum()) / len(wide) ** 2
    return float(np.square(wide.mean(axis=0)).mean()) < _CANCELLED * apart


def mono_of(samples: Samples) -> tuple[Samples, bool]:
    """Return the mono mix ``(1, n)`` of ``samples (channels, n)``; the loudest channel, and true, where they cancel."""
    if not cancel_each_other(samples):
        return samples.mean(axis=0, keepdims=True), False
    loudest = int(np.square(samples.astype(np.float64)).sum(axis=1).argmax())
    return samples[loudest : loudest + 1], True
