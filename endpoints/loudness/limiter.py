"""A limiter that keeps a sound's true peak under a ceiling: it looks ahead, so that the gain is down when a peak comes.

The gain of all channels is the same, so that nothing moves between the speakers. It falls and rises in straight lines
of 5 ms (a triangular window over a running maximum: no peak is missed), and comes back within some tenths of a second.
After D. Giannoulis, M. Massberg, J. D. Reiss: "Digital dynamic range compressor design", JAES 60(6), 2012 (a decoupled
peak detector over decibels), with the look-ahead of a file that is known in advance.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from endpoints.loudness.between_samples import REACH, interpolators
from endpoints.loudness.filter_bank import FilterBank

Samples = NDArray[np.floating[Any]]
Decibels = NDArray[np.float64]

_AHEAD = 0.005
"""Seconds; ten milliseconds in all hold the gain still from crest to trough of a bass note of 50 Hz."""

_RELEASE = 0.1
"""Seconds in which the gain reduction, in decibels, falls to a third (1 / e)."""


class TruePeakLimiter:
    """Limits a stream of sound.

    Args:
        channels: how many.
        rate: in Hz.
        gain: factor before the limiter.
        ceiling: dBTP; the result may pass it by a few hundredths, where the gain moves while a peak passes.
    """

    def __init__(self, channels: int, rate: int, gain: float, ceiling: float) -> None:
        self._bank = FilterBank(interpolators(rate), REACH, channels)
        self._gain, self._ceiling = gain, ceiling
        self._ahead = max(1, round(_AHEAD * rate))
        self._fall = 1.0 / max(1.0, _RELEASE * rate)
        # A point after a sample belongs to the next sample, too.
        self._around = self._ahead + 1
        self._needed: Decibels = np.zeros(self._around + self._ahead)
        self._reduction: Decibels = np.zeros(0)
        self._last = -math.inf
        self._sound: Samples | None = None

    def push(self, block: Samples) -> Iterator[Samples]:
        """Take the next ``block (channels, n)`` and yield what is ready, ``(channels, m)``, in the block's type."""
        loud = block * block.dtype.type(self._gain)
        self._sound = loud if self._sound is None else np.concatenate([self._sound, loud], axis=1)
        for sound, between in self._bank.push(loud):
            yield self._limited(self._need(sound, between))

    def finish(self) -> Iterator[Samples]:
        """Yield the rest, so that as much came out as went in."""
        for sound, between in self._bank.finish():
            yield self._limited(self._need(sound, between))
        yield self._limited(np.zeros(self._around + self._ahead))

    def _need(self, sound: Samples, between: Samples) -> Decibels:
        """Return by how many decibels each sample, and what follows until the next, is above the ceiling."""
        peaks = np.maximum(np.abs(sound).max(0), np.maximum(between.max((0, 1)), -between.min((0, 1))))
        over: Decibels = 20 * np.log10(np.maximum(peaks, 1e-9).astype(np.float64)) - self._ceiling
        return np.maximum(over, 0.0)

    def _limited(self, needed: Decibels) -> Samples:
        assert self._sound is not None
        self._needed = np.concatenate([self._needed, needed])
        width = 2 * self._around + 1
        if len(self._needed) >= width:
            held = running_maximum(self._needed, width)
            self._needed = self._needed[len(held) :]
            self._reduction = np.concatenate([self._reduction, self._released(held)])
        ready = max(0, len(self._reduction) - 2 * self._ahead)
        gains = 10 ** (-triangular_mean(self._reduction, self._ahead + 1) / 20) if ready else np.zeros(0)
        self._reduction = self._reduction[ready:]
        result = self._sound[:, :ready] * gains.astype(self._sound.dtype)
        self._sound = self._sound[:, ready:]
        return result

    def _released(self, held: Decibels) -> Decibels:
        """Let what is held fall away exponentially: in logarithms a straight line, and the highest of all lines."""
        with np.errstate(divide="ignore"):
            logs = np.log(held)
        slope = self._fall * np.arange(1, len(held) + 1)
        highest = np.maximum.accumulate(np.concatenate([[self._last], logs + slope]))[1:] - slope
        self._last = float(highest[-1])
        result: Decibels = np.exp(highest)
        return result


def running_maximum(values: Decibels, width: int) -> Decibels:
    """Return the maximum of each ``width`` values in a row, ``(n,)`` to ``(n - width + 1,)``."""
    done, size = values, 1
    while 2 * size <= width:
        done = np.maximum(done[:-size], done[size:])
        size *= 2
    rest = width - size
    return np.maximum(done[: len(done) - rest], done[rest:])


def triangular_mean(values: Decibels, half: int) -> Decibels:
    """Return means under a triangle of ``2 * half - 1`` values, ``(n,)`` to ``(n - 2 * half + 2,)``."""
    for _ in range(2):
        sums = np.concatenate([[0.0], np.cumsum(values)])
        values = (sums[half:] - sums[:-half]) / half
    return values
