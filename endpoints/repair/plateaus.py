"""Whether a recording is clipped, and at which level: flat tops that the sound would have passed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from endpoints.repair.windows import Exact, Mask, Samples, runs, windows

_SHORTEST = 3
"""Samples of a flat top."""
_PASSED = 0.005
"""Of the level, by which the slopes on both sides of a flat top would pass it: a bass note's own top is flatter."""
_JUMP = 3.0
"""Slopes by which the last step to a flat top is higher than the one before: a square wave jumps."""
_FAR = 0.1
"""Of the level, by which such a step is still higher, on both sides, where a click was cut off."""
_FEWEST, _GENUINE = 3, 0.25
"""Flat tops between slopes that a clipped recording has at least, and their share of all flat tops."""
_SHARE = 0.2
"""Share of all samples above which a recording is meant so (distortion)."""


@dataclass(frozen=True)
class Levels:
    """Where a recording's channels are clipped.

    Attributes:
        high, low: for each channel; infinite where it is not clipped.
        flat: how far from its level a clipped sample may lie.
    """

    high: tuple[float, ...]
    low: tuple[float, ...]
    flat: float

    def clipped(self, samples: Samples, channel: int) -> tuple[Mask, Mask]:
        """Return which samples `(n,)` of a channel are clipped above, and which below; no click that was cut off is."""
        above, below = samples >= self.high[channel] - self.flat, samples <= self.low[channel] + self.flat
        return _without_clicks(samples, above), _without_clicks(-samples, below)

    @property
    def any(self) -> bool:
        """Whether anything is clipped."""
        return bool(np.isfinite([*self.high, *self.low]).any())


def _without_clicks(samples: Samples, at: Mask) -> Mask:
    """Return where a sound is at its level, but for what it jumps to from far away and leaves as suddenly: clicks."""
    found = runs(at)
    begin, end = found[:, 0], found[:, 1]
    last = samples.shape[0] - 1
    before, behind = samples[np.maximum(begin - 1, 0)], samples[np.minimum(end, last)]
    rise = np.abs(before - samples[np.maximum(begin - 2, 0)])
    fall = np.abs(behind - samples[np.minimum(end + 1, last)])
    level = samples[begin]
    far = np.minimum(level - before - _JUMP * rise, level - behind - _JUMP * fall) > _FAR * level
    made: Mask = at.copy()
    for first, beyond in found[far & (begin > 1) & (end < last)]:
        made[first:beyond] = False
    return made


def levels(blocks: Iterator[Samples], peaks: Exact, bits: int, rate: int) -> Levels:
    """Return where a sound is clipped.

    Args:
        blocks: the sound, ``(channels, n)`` each.
        peaks: each channel's highest and lowest sample, `(channels, 2)`.
        bits: of its samples; 32 for floats.
        rate: in Hz.
    """
    flat = 1.5 * 2.0 ** (1 - min(bits, 20))
    tally = np.zeros((peaks.shape[0], 2, 3))
    total = 0
    for window in windows(blocks, rate, rate // 10):
        total += window.last - window.first
        for channel, samples in enumerate(window.samples.astype(np.float64)):
            for side, sign in enumerate((1.0, -1.0)):
                peak = sign * peaks[channel, side]
                if peak > 0.02:
                    tally[channel, side] += _tops(sign * samples, peak, flat, window.first, window.last)
    genuine, tops, samples_at = (tally[..., index] for index in range(3))
    is_clipped = (genuine >= _FEWEST) & (genuine >= tops * _GENUINE) & (samples_at <= _SHARE * total / 2)
    high = np.where(is_clipped[:, 0], peaks[:, 0], np.inf)
    low = np.where(is_clipped[:, 1], peaks[:, 1], -np.inf)
    return Levels(tuple(high.tolist()), tuple(low.tolist()), flat)


def _tops(samples: Exact, peak: float, flat: float, first: int, last: int) -> Exact:
    """Return how many flat tops look clipped, how many there are, and how many samples lie at the peak."""
    at = samples >= peak - flat
    found = runs(at)
    own = found[(found[:, 0] >= first) & (found[:, 0] < last)]
    tops = own[own[:, 1] - own[:, 0] >= _SHORTEST]
    inside = tops[(tops[:, 0] >= 2) & (tops[:, 1] + 1 < samples.shape[0])]
    begin, end = inside[:, 0], inside[:, 1]
    rise, fall = samples[begin - 1] - samples[begin - 2], samples[end] - samples[np.minimum(end + 1, len(samples) - 1)]
    jumps = (peak - samples[begin - 1] > _JUMP * np.abs(rise)) | (peak - samples[end] > _JUMP * np.abs(fall))
    passes = np.minimum(rise, fall) * (end - begin) / 2 > _PASSED * peak
    return np.array([np.count_nonzero(passes & ~jumps), len(tops), (own[:, 1] - own[:, 0]).sum()], np.float64)
