"""The mask as a picture: how much was brought out, by time and frequency."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

Samples = NDArray[np.floating[Any]]

BANDS, LOWEST = 24, 60.0
"""Rows of the picture, as wide as each other to the ear, and the frequency (Hz) with which the first one ends."""

_MOST = 240
_SLOT = 0.25
"""Columns of the picture, and the seconds of sound that one stands for, at least."""

_FRAME = 4096
_SILENT = 1e-6
"""Share of the loudest column's energy below which there was nothing to bring out."""


class MaskMeter:
    """Sums up the energy of what was brought out, and of the source, in columns and bands.

    Args:
        rate: in Hz.
        samples: about how many will come.
    """

    def __init__(self, rate: int, samples: int) -> None:
        self._slot = max(round(_SLOT * rate), -(-samples // _MOST), _FRAME)
        places = np.fft.rfftfreq(_FRAME, 1 / rate)
        edges = np.geomspace(min(LOWEST, rate / 4), rate / 2, BANDS)
        self._band = np.minimum(np.searchsorted(edges, places), BANDS - 1)
        self._window = np.hanning(_FRAME)
        self._sums = np.zeros((2, BANDS, 0))
        self._left: list[Samples] = []
        self._held = self._at = 0

    def push(self, brought: Samples, source: Samples) -> None:
        """Take what was brought out of a stretch of the source, both ``(channels, samples)``."""
        self._left.append(np.stack([brought, source]).astype(np.float32))
        self._held += source.shape[1]
        if self._held < _FRAME:
            return
        whole = np.concatenate(self._left, axis=2)
        frames = whole.shape[2] // _FRAME
        for number in range(frames):
            self._add(whole[..., number * _FRAME : (number + 1) * _FRAME])
        self._left, self._held = [whole[..., frames * _FRAME :]], whole.shape[2] - frames * _FRAME

    def picture(self) -> list[list[float]]:
        """Return the share that was let through, 0 to 1, lowest band first, each a list over time; ends the measuring.

        What is left of less than a frame counts too; where the source has nothing, it is 0.
        """
        if self._held:
            left = np.concatenate(self._left, axis=2)
            self._add(np.pad(left, ((0, 0), (0, 0), (0, _FRAME - left.shape[2]))))
            self._left, self._held = [], 0
        wanted, whole = self._sums
        least = _SILENT * float(whole.max(initial=0.0))
        share = np.divide(wanted, whole, out=np.zeros_like(whole), where=whole > max(least, 1e-12))
        rounded: list[list[float]] = np.round(np.clip(share, 0, 1), 2).tolist()
        return rounded

    def _add(self, frame: Samples) -> None:
        power = np.square(np.abs(np.fft.rfft(frame * self._window))).sum(axis=1)
        column = self._at // self._slot
        if column >= self._sums.shape[2]:
            self._sums = np.pad(self._sums, ((0, 0), (0, 0), (0, column + 1 - self._sums.shape[2])))
        for row in range(2):
            self._sums[row, :, column] += np.bincount(self._band, power[row], BANDS)
        self._at += _FRAME
