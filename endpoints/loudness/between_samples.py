"""The sound between the samples: where its true peak lies (ITU-R BS.1770-4, annex 2).

A windowed sinc with 128 taps a phase, flat to 0.48 of the rate; the recommendation's example has 12. Oversampling by 8
shows any peak there to within 0.2 dB; by 4, which the recommendation asks for, to within 0.7 dB.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

REACH = 64
"""Samples on either side that a point between two samples depends on."""

_BETA = 8.0
"""Of Kaiser's window: 80 dB."""


def oversampling(rate: int) -> int:
    """Return into how many points a sample is divided: 8, and 4 where the rate is high, so that less lies at its end.

    Args:
        rate: in Hz.
    """
    return 8 if rate < 80_000 else 4


def interpolators(rate: int) -> NDArray[np.float64]:
    """Return the filters for the points after a sample, the sample itself left out.

    Args:
        rate: in Hz.

    Returns:
        Shape `(oversampling - 1, 2 * REACH + 1)`; the sample before the points is at tap :data:`REACH`.
    """
    count = oversampling(rate)
    late = np.arange(1, count)[:, None] / count
    distance = late + np.arange(2 * REACH + 1) - REACH
    inside = np.clip(1.0 - (distance / REACH) ** 2, 0.0, None)
    filters = np.sinc(distance) * np.where(inside > 0, np.i0(_BETA * np.sqrt(inside)), 0.0)
    result: NDArray[np.float64] = filters / filters.sum(1, keepdims=True)
    return result
