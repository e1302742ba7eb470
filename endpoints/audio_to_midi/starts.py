"""Where notes start: at peaks of the onset posteriors, and at lower ones where a key that sounds is struck again.

Of a note that follows itself without a gap, the network hears the start less surely than that of a new one: on bowed,
blown and sung notes mostly at 0.4 to 0.6. A lower threshold for all would find most of these, and more ghosts than
notes. So a lower peak must stand out from what is around it, and the note must be surer after it than before.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

REACH = 11
"""Frames (0.13 s) around a start within which the same key is not struck again, and that the answer depends on."""

_LESS = 0.8
"""Of the threshold of a start: what it takes where a key is struck again."""
_CLEAR, _AROUND = 0.6, 8
"""Of the threshold: how far such a peak rises above the least of so many frames before it; after it, a little less."""
_FALLS = 0.7
_HELD = 3
"""Frames before it in which the note must sound."""
_GROWS, _LATER = 0.05, 6
"""By how much the note's posterior is higher so many frames later than the least of so many before."""

Posteriors = NDArray[np.floating[Any]]


def starts(onsets: Posteriors, notes: Posteriors, onset: float, frame: float) -> NDArray[np.bool_]:
    """Return in which frames notes start, ``(frames, 88)``; what is less than :data:`REACH` from either end may change.

    Args:
        onsets: posteriors ``(frames, 88)`` that a note starts.
        notes: posteriors ``(frames, 88)`` that one sounds.
        onset: the least posterior of a start, 0 to 1.
        frame: the least posterior of a note that sounds, 0 to 1.
    """
    rising = np.diff(onsets, axis=0, prepend=1.0) > 0
    falling = np.diff(onsets, axis=0, append=0.0) <= 0
    sure = rising & falling & (onsets >= onset)
    found: NDArray[np.bool_] = sure.copy()
    for at, key in np.argwhere(rising & falling & (onsets >= _LESS * onset) & ~sure).tolist():
        if REACH <= at < len(onsets) - _LATER and _again(onsets[:, key], notes[:, key], at, onset, frame):
            found[at, key] = not sure[at - REACH : at + REACH + 1, key].any()
    return found


def _again(onsets: Posteriors, notes: Posteriors, at: int, onset: float, frame: float) -> bool:
    """Whether a key is struck again: its posteriors ``(frames,)``, and the frame of the peak."""
    clear = _CLEAR * onset
    return bool(
        notes[at - _HELD : at].min() >= frame
        and onsets[at] - onsets[at - _AROUND : at].min() >= clear
        and onsets[at] - onsets[at : at + _AROUND + 1].min() >= _FALLS * clear
        and notes[at + _LATER] - notes[at - _LATER : at + 1].min() >= _GROWS
    )
