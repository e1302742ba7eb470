"""Streaming, sample-accurate change of the sample rate: no delay, exact length."""

from __future__ import annotations

from typing import Any

import numpy as np
import soxr
from numpy.typing import NDArray

from app.audio.equaliser import Equaliser

Samples = NDArray[np.floating[Any]]

_ZEROS = 8192


def resampled_length(samples: int, rate_in: int, rate_out: int) -> int:
    """Return how many samples at ``rate_out`` cover ``samples`` at ``rate_in``.

    >>> resampled_length(44100, 44100, 48000)
    48000
    >>> resampled_length(1, 192000, 8000)
    1
    """
    return -(-samples * rate_out // rate_in)


def resampled(sound: Samples, rate_in: int, rate_out: int, length: int | None = None) -> Samples:
    """Return all of a sound at another rate, by a :class:`Resampler`.

    Args:
        sound: ``(channels, samples)``, float32 or float64.
        rate_in: of the sound, in Hz.
        rate_out: of what comes back, in Hz.
        length: samples that come back; ``None``: as many as cover the sound, see :func:`resampled_length`.
    """
    if length is None:
        length = resampled_length(sound.shape[1], rate_in, rate_out)
    resampler = Resampler(len(sound), rate_in, rate_out, sound.dtype)
    return np.concatenate([resampler.push(sound), resampler.finish(length)], axis=1)[:, :length]


class Resampler:
    """Changes the rate of a stream of blocks with soxr's VHQ filters (linear phase); silence lies around the stream.

    The pass band is flat within 0.0005 dB up to 0.9 of the lower Nyquist frequency.

    Args:
        channels: how many.
        rate_in, rate_out: in Hz; equal ones pass every block on untouched.
        dtype: float32 or float64.
    """

    def __init__(self, channels: int, rate_in: int, rate_out: int, dtype: Any = np.float32) -> None:
        self._channels = channels
        self._dtype = np.dtype(dtype)
        self._given = 0
        self._soxr = self._before = self._after = None
        if rate_in != rate_out:
            self._soxr = soxr.ResampleStream(rate_in, rate_out, channels, dtype=self._dtype.name, quality="VHQ")
            equaliser = Equaliser(channels, rate_in, rate_out, self._dtype)
            self._before, self._after = (equaliser, None) if rate_in < rate_out else (None, equaliser)

    def push(self, block: Samples) -> Samples:
        """Take the next ``block (channels, n)`` and return what is ready, ``(channels, m)``."""
        result = block
        if self._before:
            result = self._before.push(result)
        if self._soxr:
            result = self._soxr.resample_chunk(np.ascontiguousarray(result.T)).T
        if self._after:
            result = self._after.push(result)
        self._given += result.shape[1]
        return result

    def finish(self, samples_out: int) -> Samples:
        """Return the rest ``(channels, m)``, so that exactly ``samples_out`` samples came out in all."""
        parts = [np.zeros((self._channels, 0), self._dtype)]
        silence = np.zeros((self._channels, _ZEROS), self._dtype)
        left = samples_out - self._given
        while left > 0:
            part = self.push(silence)[:, :left]
            parts.append(part)
            left -= part.shape[1]
        return np.concatenate(parts, axis=1)
