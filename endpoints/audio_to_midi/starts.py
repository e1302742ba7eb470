"""Where notes start: at peaks of the onset posteriors, and at lower ones where a key that sounds is struck again.

Of a note that follows itself without a gap, the network hears the start less surely than that of a new one: on bowed,
blown and sung notes mostly at 0.4 to 0.6. A lower threshold for all would find most of these, and more ghosts than
notes. So a lower peak must stand out from what is around it, and the note must be surer after it than before.

The other way round, a key that rings on (a harp's, a piano's under the pedal) is lent a start by another key that is
struck then. Such a start is less sure than the other one, and the ringing note hardly any surer for it.
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

_CERTAIN, _LENDER, _LENT = 0.8, 0.9, 0.15
"""Starts from which on one is its own; that another key's has to be lent, and by how much that is higher."""
_RINGS, _STRUCK = 8, 0.15
"""By how much a ringing note's posterior is higher within so many frames if it was struck itself."""

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
    for at, key in np.argwhere(found & (onsets < _CERTAIN)).tolist():
        found[at, key] = not _lent(onsets, notes, at, key, frame)
    return found


def _lent(onsets: Posteriors, notes: Posteriors, at: int, key: int, frame: float) -> bool:
    """Whether a key rings on, and its start is another's: posteriors ``(frames, 88)``, and the place of its peak."""
    before = notes[max(0, at - _HELD) : at, key]
    if len(before) < _HELD or before.min() < frame:
        return False
    beside = max(_LENDER, float(onsets[at, key]) + _LENT)
    return bool(
        (onsets[at - 1 : at + 2] >= beside).any() and notes[at : at + _RINGS, key].max() - before.min() < _STRUCK
    )


def _again(onsets: Posteriors, notes: Posteriors, at: int, onset: float, frame: float) -> bool:
    """Whether a key is struck again: its posteriors ``(frames,)``, and the frame of the peak."""
    clear = _CLEAR * onset
    return bool(
        notes[at - _HELD : at].min() >= frame
        and onsets[at] - onsets[at - _AROUND : at].min() >= clear
        and onsets[at] - onsets[at : at + _AROUND + 1].min() >= _FALLS * clear
        and notes[at + _LATER] - notes[at - _LATER : at + 1].min() >= _GROWS
    )
