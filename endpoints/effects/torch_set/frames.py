"""A recursion of the second order cut into frames, which are computed side by side.

Within a frame of 32 samples the recursion starts at rest; what rang on from before is added after it. A frame begins
where the filter becomes another one, too. Each sample comes of the same additions in the same order, whatever block it
came in, so that the result is the same to the bit.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Doubles = NDArray[np.float64]
Places = NDArray[np.int64]

FRAME = 32

_FEW = 1500
"""Samples of all rows; up to here numbers one by one are quicker than numpy."""


def ringing(poles: Doubles) -> Doubles:
    """Return how much of the last and of the last but one sample sounds in each of the next frame.

    Args:
        poles: a1, a2 where a0 is 1, ``(rows, stretches, 2)``.

    Returns:
        ``(2, 32, rows, stretches)``.
    """
    first, second = -poles[..., 0], poles[..., 1]
    found = np.empty((2, FRAME, *first.shape))
    for of, (last, before) in zip(found, ((1.0, 0.0), (0.0, 1.0))):
        later, earlier = np.full(first.shape, last), np.full(first.shape, before)
        for n in range(FRAME):
            later, earlier = first * later - second * earlier, later
            of[n] = later
    return found


def rung(driving: Doubles, poles: Doubles, rings: Doubles, lengths: Places, before: Doubles) -> Doubles:
    """Return y[n] = v[n] - a1 y[n-1] - a2 y[n-2], ``(rows, samples)``, from the start of a frame.

    Args:
        driving: v, ``(rows, samples)``.
        poles: a1, a2 of each row, a pair for each stretch, ``(rows, stretches, 2)``.
        rings: what `ringing` says of them.
        lengths: samples of each stretch, 1 or more, ``(stretches,)``; together all.
        before: the last two samples before, the later one last, ``(rows, 2)``.
    """
    if len(lengths) == 1 and driving.size <= _FEW:
        return np.array(
            [
                _one_by_one(v.tolist(), pole.tolist(), list(zip(later.tolist(), earlier.tolist())), start.tolist())
                for v, (pole,), later, earlier, start in zip(driving, poles, *rings[..., 0].transpose(0, 2, 1), before)
            ]
        )
    return _side_by_side(driving, poles, rings, _Frames.of(lengths), before)


def _one_by_one(
    driving: list[float], poles: list[float], rings: list[tuple[float, float]], before: list[float]
) -> list[float]:
    """Do what `_side_by_side` does, by the same additions, with plain numbers."""
    (first, second), (earlier, later) = poles, before
    found: list[float] = []
    for start in range(0, len(driving), FRAME):
        u1 = u2 = 0.0
        for driven, (of_later, of_earlier) in zip(driving[start : start + FRAME], rings):
            u1, u2 = (driven - first * u1) - second * u2, u1
            found.append(u1 + (of_later * later + of_earlier * earlier))
        if len(found) >= 2:
            later, earlier = found[-1], found[-2]
    return found


@dataclass(frozen=True)
class _Frames:
    """How stretches fall into frames.

    Attributes:
        stretch: of each frame; ``last`` its last sample, 0 to 31.
        places: of each sample, in frames of 32 one after the other.
    """

    stretch: Places | slice
    last: Places
    places: Places | slice

    @classmethod
    def of(cls, lengths: Places) -> _Frames:
        counts = -(-lengths // FRAME)
        last = np.full(counts.sum(), FRAME - 1)
        last[np.cumsum(counts) - 1] = (lengths - 1) % FRAME
        if len(lengths) == 1:
            return cls(slice(None), last, slice(0, int(lengths[0])))
        skipped = np.cumsum(counts * FRAME - lengths) - (counts * FRAME - lengths)
        places = np.arange(lengths.sum()) + np.repeat(skipped, lengths)
        return cls(np.repeat(np.arange(len(lengths)), counts), last, places)


def _side_by_side(driving: Doubles, poles: Doubles, rings: Doubles, frames: _Frames, before: Doubles) -> Doubles:
    rows, count = len(driving), len(frames.last)
    padded = np.zeros((rows, count * FRAME))
    padded[:, frames.places] = driving
    # Time first: each step is one line over all frames of all rows.
    rest = np.ascontiguousarray(padded.reshape(rows, count, FRAME).transpose(2, 0, 1))
    first, second = np.ascontiguousarray(poles[:, frames.stretch].transpose(2, 0, 1))
    for n in range(1, FRAME):
        rest[n] -= first * rest[n - 1]
        if n > 1:
            rest[n] -= second * rest[n - 2]
    of_later, of_earlier = rings[..., frames.stretch]
    starts = _starts(rest, of_later, of_earlier, frames.last, before)
    rest += of_later * starts[0] + of_earlier * starts[1]
    return np.ascontiguousarray(rest.transpose(1, 2, 0).reshape(rows, -1)[:, frames.places])


def _starts(rest: Doubles, of_later: Doubles, of_earlier: Doubles, last: Places, before: Doubles) -> Doubles:
    """Return the last and the last but one sample before each frame, ``(2, rows, frames)``."""
    _, rows, count = rest.shape
    of_later, of_earlier = (np.broadcast_to(of, rest.shape) for of in (of_later, of_earlier))
    frames, starts, single = np.arange(count), np.empty((2, rows, count)), last == 0
    for row in range(rows):
        ends = [
            numbers[last - back, row, frames] for back in (0, 1) for numbers in (rest, of_later, of_earlier)
        ]  # fmt: skip
        # Before the end of a frame of one sample lies the last one before it.
        for numbers, there in zip(ends[3:], (0.0, 1.0, 0.0)):
            numbers[single] = there
        earlier, later = before[row].tolist()
        found_later, found_earlier = [], []
        for end, l1, l2, next_to_end, e1, e2 in zip(*(numbers.tolist() for numbers in ends)):
            found_later.append(later)
            found_earlier.append(earlier)
            later, earlier = end + (l1 * later + l2 * earlier), next_to_end + (e1 * later + e2 * earlier)
        starts[0, row], starts[1, row] = found_later, found_earlier
    return starts
