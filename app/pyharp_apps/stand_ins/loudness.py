"""Loudness of whole arrays, ITU-R BS.1770-4: K-weighted, in blocks of 400 ms, gated at -70 LUFS and 10 LU below."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

QUIETEST = -70.0
"""LUFS of silence."""

_BLOCK, _HOP = 0.4, 0.1
_OFFSET = -0.691
_SURROUND = 1.41
_GATE = -10.0


def loudness(samples: NDArray[np.float32], rate: int) -> float:
    """Return the loudness in LUFS, :data:`QUIETEST` at least.

    Args:
        samples: ``(channels, n)``; the fourth and fifth channel count as surround.
        rate: in Hz.
    """
    power = np.square(_weighted(samples.astype(np.float64), rate))
    size, hop = max(1, round(_BLOCK * rate)), max(1, round(_HOP * rate))
    if power.shape[1] < size:
        power = np.pad(power, ((0, 0), (0, size - power.shape[1])))
    sums = np.concatenate([np.zeros((len(power), 1)), np.cumsum(power, axis=1)], axis=1)
    starts = np.arange(0, power.shape[1] - size + 1, hop)
    means = (sums[:, starts + size] - sums[:, starts]) / size
    weights = np.array([_SURROUND if channel in (3, 4) else 1.0 for channel in range(len(power))])
    blocks = weights @ means
    heard = blocks[_lufs(blocks) > QUIETEST]
    if not heard.size:
        return QUIETEST
    gated = heard[_lufs(heard) > float(_lufs(heard.mean(keepdims=True))[0]) + _GATE]
    return max(QUIETEST, float(_lufs(gated.mean(keepdims=True))[0]))


def _lufs(power: NDArray[np.float64]) -> NDArray[np.float64]:
    result: NDArray[np.float64] = _OFFSET + 10.0 * np.log10(np.maximum(power, 1e-20))
    return result


def _weighted(samples: NDArray[np.float64], rate: int) -> NDArray[np.float64]:
    """Return samples through both stages of the recommendation's filter, by its frequency response."""
    size = 1 << (samples.shape[1] + rate // 5).bit_length()
    turns = np.exp(-2j * np.pi * np.arange(size // 2 + 1) / size)
    response = np.ones(size // 2 + 1, np.complex128)
    for b, a in (_shelf(rate), _high_pass(rate)):
        response *= (b[0] + b[1] * turns + b[2] * turns**2) / (a[0] + a[1] * turns + a[2] * turns**2)
    result: NDArray[np.float64] = np.fft.irfft(np.fft.rfft(samples, size) * response, size)[:, : samples.shape[1]]
    return result


def _shelf(rate: int) -> tuple[list[float], list[float]]:
    """The rise of 4 dB in the treble; the analogue prototype's parameters are B. De Man's (AES 145, 2018)."""
    k, q, high = float(np.tan(np.pi * 1681.974450955533 / rate)), 0.7071752369554196, 10 ** (3.999843853973347 / 20)
    middle = high**0.4996667741545416
    b = [high + middle * k / q + k * k, 2 * (k * k - high), high - middle * k / q + k * k]
    return b, [1 + k / q + k * k, 2 * (k * k - 1), 1 - k / q + k * k]


def _high_pass(rate: int) -> tuple[list[float], list[float]]:
    """The bass counts less; as above. The gain is that of the recommendation's table, 48 kHz, at every rate."""
    frequency, q = 38.13547087602444, 0.5003270373238773
    k, table = float(np.tan(np.pi * frequency / rate)), float(np.tan(np.pi * frequency / 48000))
    gain = 1 + table / q + table * table
    return [gain, -2 * gain, gain], [1 + k / q + k * k, 2 * (k * k - 1), 1 - k / q + k * k]
