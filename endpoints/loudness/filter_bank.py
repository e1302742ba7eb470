"""Several FIR filters over one stream of sound, by fast convolution (overlap-save), in fixed memory."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

Samples = NDArray[np.floating[Any]]

_SHORTEST = 8192
"""Samples of a transform, at least."""


class FilterBank:
    """Every filter hears the same sound; silence lies around it.

    Args:
        filters: shape `(filters, taps)`.
        delay: the tap that belongs to the present sample: those before it reach into the future.
        channels: how many the sound has.
    """

    def __init__(self, filters: Samples, delay: int, channels: int) -> None:
        taps = filters.shape[1]
        self._size = max(_SHORTEST, 1 << (4 * taps - 1).bit_length())
        self._history, self._delay = taps - 1, delay
        self._spectra = np.fft.rfft(filters.astype(np.float32), self._size)[:, None]
        self._buffer = np.zeros((channels, self._size), np.float32)
        self._filled = self._history
        self._skip, self._owed = delay, 0

    def push(self, block: Samples) -> Iterator[tuple[Samples, Samples]]:
        """Take the next ``block (channels, n)``.

        Yields:
            The sound itself, `(channels, m)`, and what the filters made of it, `(filters, channels, m)`, as far as it
            is ready; the parts together are as long as the sound.
        """
        self._owed += block.shape[1]
        offset = 0
        while offset < block.shape[1]:
            taken = min(self._size - self._filled, block.shape[1] - offset)
            self._buffer[:, self._filled : self._filled + taken] = block[:, offset : offset + taken]
            self._filled, offset = self._filled + taken, offset + taken
            if self._filled == self._size:
                yield self._filtered()

    def finish(self) -> Iterator[tuple[Samples, Samples]]:
        """Yield the rest, as :meth:`push`."""
        while self._owed > 0:
            self._buffer[:, self._filled :] = 0.0
            yield self._filtered()

    def _filtered(self) -> tuple[Samples, Samples]:
        begin, end = self._history + self._skip, self._size
        end = min(end, begin + self._owed)
        sound = self._buffer[:, begin - self._delay : end - self._delay].copy()
        made = np.fft.irfft(np.fft.rfft(self._buffer) * self._spectra, self._size)[..., begin:end]
        self._buffer[:, : self._history] = self._buffer[:, self._size - self._history :]
        self._filled, self._skip = self._history, 0
        self._owed -= end - begin
        return sound, made
