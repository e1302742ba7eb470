"""Making soxr's pass band flat.

soxr lets its filters fall by 0.007 dB towards 0.91 of the lower Nyquist frequency, and a region is resampled twice.
What is missing is measured from soxr's own impulse response and put back by a short symmetric filter at the lower rate.
"""

from __future__ import annotations

import math
from functools import lru_cache
from typing import Any

import numpy as np
import soxr
from numpy.typing import NDArray

Samples = NDArray[np.floating[Any]]

_ORDER = 6
"""Taps on each side: leaves 0.0005 dB of what soxr loses, for less than a quarter of soxr's time."""

_PASS_BAND = 0.915
"""Where soxr's filters begin to close, as a share of the lower Nyquist frequency."""

_FLAT = 1e-5
"""Losses below this need no filter (some ratios, such as 1 to 2, lose nothing)."""


class Equaliser:
    """A filter, symmetric about each sample, for a stream of blocks at the lower of two rates.

    What comes out is ``delay`` samples behind what went in, but not shifted: the first output is the first input's.
    """

    def __init__(self, channels: int, rate_in: int, rate_out: int, dtype: Any) -> None:
        common = math.gcd(rate_in, rate_out)
        self._taps = [np.dtype(dtype).type(tap) for tap in _taps(rate_in // common, rate_out // common)]
        self.delay = len(self._taps) - 1 if self._taps else 0
        self._kept: Samples = np.zeros((channels, self.delay), dtype)

    def push(self, block: Samples) -> Samples:
        """Take the next ``block (channels, n)`` and return what is ready, ``(channels, m)``."""
        if not self._taps:
            return block
        x = np.concatenate([self._kept, block], axis=1)
        length = max(0, x.shape[1] - 2 * self.delay)
        self._kept = x[:, length:]
        centre = self.delay
        change: Samples = x[:, centre : centre + length] * self._taps[0]
        pair = np.empty_like(change)
        for distance, tap in enumerate(self._taps[1:], 1):
            before, after = centre - distance, centre + distance
            np.add(x[:, before : before + length], x[:, after : after + length], out=pair)
            pair *= tap
            change += pair
        change += x[:, centre : centre + length]  # last: what is added is small, and so are its rounding errors
        return change


@lru_cache(maxsize=64)
def _taps(rate_in: int, rate_out: int) -> tuple[float, ...]:
    """Return what the filter adds to a sample: a factor for itself, and for its neighbours at each distance; or none.

    The filter is fitted to the inverse of the response by least squares; above the pass band it does little.
    """
    share, gain = response(rate_in, rate_out)
    inside = share <= _PASS_BAND
    missing = np.where(inside, 1 / np.where(inside, gain, 1.0) - 1, 0.0)
    if np.abs(missing).max() < _FLAT:
        return ()
    weight = np.where(inside, 1.0, 1e-3)
    waves = np.cos(np.pi * np.outer(share, np.arange(_ORDER + 1)))
    fitted = np.linalg.lstsq(waves * weight[:, None], missing * weight, rcond=None)[0]
    return (float(fitted[0]), *(float(value) / 2 for value in fitted[1:]))


def response(rate_in: int, rate_out: int) -> tuple[Samples, Samples]:
    """Measure soxr: frequencies from 0 to 1 as shares of the lower Nyquist frequency, and the gain at each."""
    lower = min(rate_in, rate_out)
    reach = -(-600 * rate_in // lower)
    impulse = np.zeros(2 * reach + 1)
    impulse[reach] = 1
    stream = soxr.ResampleStream(rate_in, rate_out, 1, dtype="float64", quality="VHQ")
    heard = np.concatenate([stream.resample_chunk(impulse), stream.resample_chunk(np.zeros(0), last=True)])
    spectrum = np.abs(np.fft.rfft(heard)) * rate_in / rate_out
    share = np.arange(len(spectrum)) * (2 * rate_out / (len(heard) * lower))
    return share[share <= 1], spectrum[share <= 1]
