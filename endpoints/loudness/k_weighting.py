"""The K-weighting of ITU-R BS.1770-4: how loud the ear finds low and high sound, as a filter at any sample rate.

The recommendation's table is for 48 kHz; other rates are asked to have the same frequency response. Both stages are
bilinear transforms of analogue prototypes, whose parameters, found from the table, are those of B. De Man: "Evaluation
of implementations of the EBU R128 loudness measurement", AES 145th Convention, 2018.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Coefficients = NDArray[np.float64]

LOWEST_RATE = 16000
"""Hz; below, the bilinear transform bends the shelf at 1.7 kHz out of shape, and sound is brought to a higher rate."""

_TABLE_RATE = 48000

_SHELF_HZ, _SHELF_Q = 1681.974450955533, 0.7071752369554196
_SHELF_DB, _SHELF_SLOPE = 3.999843853973347, 0.4996667741545416
_HIGH_PASS_HZ, _HIGH_PASS_Q = 38.13547087602444, 0.5003270373238773
_SECONDS = 0.1
"""Length of the impulse response; what comes later is 180 dB lower."""


def shelf(rate: int) -> tuple[Coefficients, Coefficients]:
    """Return numerator and denominator, `(3,)` each, of the first stage: the head's rise of 4 dB in the treble.

    Args:
        rate: in Hz.
    """
    k = np.tan(np.pi * _SHELF_HZ / rate)
    high = 10 ** (_SHELF_DB / 20)
    middle = high**_SHELF_SLOPE
    a0 = 1 + k / _SHELF_Q + k * k
    b = [high + middle * k / _SHELF_Q + k * k, 2 * (k * k - high), high - middle * k / _SHELF_Q + k * k]
    a = [a0, 2 * (k * k - 1), 1 - k / _SHELF_Q + k * k]
    return np.array(b) / a0, np.array(a) / a0


def high_pass(rate: int) -> tuple[Coefficients, Coefficients]:
    """Return numerator and denominator, `(3,)` each, of the second stage: bass counts less.

    The table's numerator is 1, -2, 1, so that all but the bass gains 0.04 dB. Kept as it is at other rates, as many
    programs do, that would be 0.15 dB more at 11025 Hz; here the gain is the same at every rate.

    Args:
        rate: in Hz.
    """
    k = np.tan(np.pi * _HIGH_PASS_HZ / rate)
    a0 = _first(k)
    table = _first(np.tan(np.pi * _HIGH_PASS_HZ / _TABLE_RATE))
    b = np.array([1.0, -2.0, 1.0]) * (table / a0)
    return b, np.array([a0, 2 * (k * k - 1), 1 - k / _HIGH_PASS_Q + k * k]) / a0


def _first(k: float) -> float:
    return float(1 + k / _HIGH_PASS_Q + k * k)


def impulse_response(rate: int) -> NDArray[np.float64]:
    """Return the response of both stages to one sample, shape `(taps,)`, 0.1 s of it.

    Args:
        rate: in Hz, :data:`LOWEST_RATE` at least.
    """
    taps = round(_SECONDS * rate)
    size = 1 << (8 * taps).bit_length()
    response = np.ones(size // 2 + 1, np.complex128)
    for b, a in (shelf(rate), high_pass(rate)):
        response *= np.fft.rfft(b, size) / np.fft.rfft(a, size)
    result: NDArray[np.float64] = np.fft.irfft(response, size)[:taps]
    return result
