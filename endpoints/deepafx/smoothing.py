"""Curves of turns made smooth, read between their points, and drawn towards the neutral."""

from __future__ import annotations

import numpy as np

from endpoints.deepafx.chain import Turns


def smoothed(curve: Turns, points: float) -> Turns:
    """Return a curve under a Gaussian window, neither late nor early, and never beyond what it passed through.

    The paper's filter (Butterworth, both ways) swings beyond 0 and 1, and is cut there; a window of weights cannot.

    Args:
        curve: ``(points, knobs)``; it is continued by its ends.
        points: the window's standard deviation; below a tenth of a point nothing changes.
    """
    if points < 0.1 or len(curve) < 2:
        return curve
    reach = min(int(4 * points) + 1, 4 * len(curve))
    weights = np.exp(-0.5 * (np.arange(-reach, reach + 1) / points) ** 2)
    weights /= weights.sum()
    longer = np.pad(curve, ((reach, reach), (0, 0)), mode="edge")
    return np.stack([np.convolve(column, weights, mode="valid") for column in longer.T], axis=1)


def between(curve: Turns, place: float) -> Turns:
    """Return the turns at a place, counted in points from the first; beyond the ends they stay as they were there.

    >>> between(np.array([[0.0], [1.0]]), 0.25).tolist()
    [0.25]
    """
    place = min(max(place, 0.0), len(curve) - 1.0)
    before = min(int(place), max(0, len(curve) - 2))
    after = min(before + 1, len(curve) - 1)
    found: Turns = curve[before] + (place - before) * (curve[after] - curve[before])
    return found


def turns_between(neutral: Turns, found: Turns, amount: float) -> Turns:
    """Return ``found`` drawn towards ``neutral``: an amount of 0 is neutral, 1 is found."""
    return neutral + amount * (found - neutral)
