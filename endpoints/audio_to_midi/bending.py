"""How a note's pitch moves: the course of the contour posteriors around it."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from endpoints.audio_to_midi.harmonic_cqt import BINS, BINS_PER_SEMITONE
from endpoints.audio_to_midi.listening import Probabilities

_AROUND = 8
"""Bins on either side of a note in which its pitch is looked for: 2⅔ semitones."""
_NEAR = 4.0
"""Bins: the nearer to the note, the more a contour counts; the standard deviation of that."""
_CLEAR = 0.1
"""The least contour posterior that tells of a pitch."""


def course(contours: Probabilities, key: int) -> NDArray[np.float32]:
    """Return how far the pitch is from a note, in semitones, in each frame ``(frames,)``.

    Where no contour is clear, it stays where it was last; at first, at the note.

    Args:
        contours: posteriors ``(frames, 264)``.
        key: the note, from 0 (A0).
    """
    middle = key * BINS_PER_SEMITONE
    low, high = max(0, middle - _AROUND), min(BINS, middle + _AROUND + 1)
    away = np.arange(low, high, dtype=np.float32) - middle
    weighed = contours[:, low:high] * np.exp(-0.5 * (away / _NEAR) ** 2)
    best = weighed.argmax(1)
    rows = np.arange(len(best))
    # A parabola through the highest bin and its neighbours tells what lies between bins.
    left, top, right = (
        weighed[rows, np.clip(best + step, 0, weighed.shape[1] - 1)].astype(np.float64) for step in (-1, 0, 1)
    )
    bend = left - 2 * top + right
    between = np.where(bend < 0, 0.5 * (left - right) / np.where(bend < 0, bend, -1.0), 0.0).clip(-0.5, 0.5)
    clear = contours[rows, low + best] >= _CLEAR
    last = np.maximum.accumulate(np.where(clear, rows, -1))
    found = (away[best] + between) / BINS_PER_SEMITONE
    return np.where(last >= 0, found[last], 0.0).astype(np.float32)
