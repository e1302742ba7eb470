"""From a pitch curve to notes by the plain recipe that a user of a pitch tracker would write."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

_SHORTEST = 0.06
"""Seconds below which a stretch is no note."""
_SMOOTHED = 0.05
"""Seconds over which the curve's median is taken."""


def notes_of(midi: NDArray[np.float64], hop: float) -> list[tuple[float, float, float]]:
    """Smooth, round to semitones, split where that changes.

    Args:
        midi: the pitch of each frame as a MIDI number, NaN where there is none.
        hop: seconds from frame to frame.

    Returns:
        start (s), end (s) and MIDI number of each note.
    """
    half = round(_SMOOTHED / hop) // 2
    padded = np.pad(midi, half, constant_values=np.nan)
    windows = np.lib.stride_tricks.sliding_window_view(padded, 2 * half + 1)
    enough = np.sum(~np.isnan(windows), axis=1) > half
    smooth = np.full(len(midi), np.nan)
    smooth[enough] = np.nanmedian(windows[enough], axis=1)
    rounded = np.where(np.isnan(smooth), -1, np.round(np.nan_to_num(smooth))).astype(int)
    edges = np.flatnonzero(np.diff(rounded, prepend=-2, append=-2))
    found = []
    for start, end in pairwise(edges):
        if rounded[start] >= 0 and (end - start) * hop >= _SHORTEST:
            found.append((float(start * hop), float(end * hop), float(rounded[start])))
    return found
