"""Sound at twice a rate brought to that rate, piece by piece."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

_REACH = 64
"""Samples, at the rate that comes in, by which the filter looks back and ahead."""
_BETA = 8.0
"""Of the Kaiser window: what would be mirrored into hearing (below 20 kHz at 44.1 kHz) is 80 dB softer."""


def _weights() -> NDArray[np.float32]:
    """Return the weights of the odd places 1, 3, … of a half-band filter; its even ones are 0 but for the middle."""
    window = np.kaiser(2 * _REACH + 1, _BETA)[_REACH + 1 :: 2]
    weights = np.sinc(np.arange(1, _REACH, 2) / 2) * window
    # Both sides and the middle's half add up to one.
    return np.asarray(weights / (4 * weights.sum()), np.float32)


class Halver:
    """Halves the rate of stereo sound by a half-band filter of linear phase (windowed sinc)."""

    delay = _REACH // 2
    """Samples, at the rate that comes out, by which the sound comes later."""

    def __init__(self) -> None:
        self._weights = _weights()
        self._before = np.zeros((2, 2 * _REACH), np.float32)

    def halve(self, sound: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return ``(2, samples / 2)`` of the next samples ``(2, samples)``, an even number."""
        size = sound.shape[1]
        both = np.concatenate([self._before, sound], 1)
        self._before = both[:, size:]
        made: NDArray[np.float32] = both[:, _REACH : _REACH + size : 2] * np.float32(0.5)
        for place, weight in zip(range(1, _REACH, 2), self._weights):
            early, late = _REACH - place, _REACH + place
            made += weight * (both[:, early : early + size : 2] + both[:, late : late + size : 2])
        return made
