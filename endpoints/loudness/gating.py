"""From the power of each tenth of a second to loudness: windows, gates and range.

Integrated loudness and its gates: ITU-R BS.1770-4, equations 3 to 7. Momentary (0.4 s) and short-term (3 s) loudness:
EBU Tech 3341. Loudness range: EBU Tech 3342. ``powers`` are K-weighted mean squares, summed over the channels by their
weights, shape `(tenths,)`; loudness is in LUFS, ``-inf`` for silence.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

Powers = NDArray[np.float64]

MOMENTARY, SHORT_TERM = 4, 30
"""Tenths of a second that the windows last."""

SILENCE = -70.0
"""LUFS; what is not above counts as silence."""

_OFFSET = -0.691
_RELATIVE_GATE, _RANGE_GATE = -10.0, -20.0


def loudness(power: float) -> float:
    """Return the loudness of a weighted mean square, in LUFS.

    >>> round(loudness(0.5), 3)
    -3.701
    """
    return _OFFSET + 10 * math.log10(power) if power > 0 else -math.inf


def power_of(level: float) -> float:
    """Return the weighted mean square of a loudness in LUFS."""
    return float(10 ** ((level - _OFFSET) / 10))


def windows(powers: Powers, length: int) -> Powers:
    """Return the mean of each ``length`` tenths in a row, a tenth apart; none where there are fewer."""
    if len(powers) < length:
        return np.zeros(0)
    means: Powers = sliding_window_view(powers, length).mean(1)
    return means


def _above_gates(means: Powers, relative: float) -> Powers:
    audible = means[means > power_of(SILENCE)]
    if len(audible) == 0:
        return audible
    above: Powers = audible[audible > audible.mean() * 10 ** (relative / 10)]
    return above


def integrated(powers: Powers) -> float:
    """Return the loudness of the whole, quiet stretches left out; ``-inf`` where all of it is silence."""
    above = _above_gates(windows(powers, MOMENTARY), _RELATIVE_GATE)
    return loudness(float(above.mean())) if len(above) else -math.inf


def loudness_range(powers: Powers) -> float | None:
    """Return by how many LU the loudness varies; ``None`` where no 3 s of it are audible.

    No silence is put after the sound (some programs add 1.5 s): a region that is cut out of a session goes on there.
    """
    above = np.sort(_above_gates(windows(powers, SHORT_TERM), _RANGE_GATE))
    if len(above) == 0:
        return None
    low, high = (above[round((len(above) - 1) * share)] for share in (0.10, 0.95))
    return loudness(float(high)) - loudness(float(low))


def loudest(powers: Powers, length: int) -> tuple[float, int] | None:
    """Return the loudest window's loudness and the tenth that it starts at; ``None`` for less than one window."""
    means = windows(powers, length)
    if len(means) == 0:
        return None
    start = int((means >= means.max() * 10**-0.001).argmax())  # the first of those that nobody tells apart
    return loudness(float(means[start])), start
