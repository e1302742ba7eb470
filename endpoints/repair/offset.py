"""What a first look at a sound finds: its peaks, and a constant offset of its channels."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from endpoints.repair.windows import Exact, Samples, windows

_LEAST = 0.0005
"""Of full scale (-66 dB): a smaller offset does no harm."""
_SURE = 5.0
"""Standard errors of the mean that an offset is above: the waves of a short bass note do not end at zero either."""


@dataclass(frozen=True)
class Survey:
    """What a sound is like.

    Attributes:
        samples: of each channel.
        peaks: each channel's highest and lowest sample, `(channels, 2)`.
        offset: each channel's constant offset, `(channels,)`; 0 where there is none.
    """

    samples: int
    peaks: Exact
    offset: Exact


def survey(blocks: Iterator[Samples], rate: int) -> Survey:
    """Return what a sound is like: the offset is the mean, where half seconds agree about it.

    Args:
        blocks: ``(channels, n)`` each.
        rate: in Hz.
    """
    count = samples = 0
    peaks = total = squares = np.zeros(0)
    for window in windows(blocks, max(1, rate // 2), 0):
        own = window.own.astype(np.float64)
        mean = own.mean(1)
        ends = np.stack((own.max(1), own.min(1)), 1)
        if count == 0:
            peaks, total, squares = ends, np.zeros(len(mean)), np.zeros(len(mean))
        peaks = np.stack((np.maximum(peaks[:, 0], ends[:, 0]), np.minimum(peaks[:, 1], ends[:, 1])), 1)
        samples += own.shape[1]
        if own.shape[1] == rate // 2 or count == 0:
            total, squares, count = total + mean, squares + mean**2, count + 1
    if count < 2:
        return Survey(samples, peaks, np.zeros(len(peaks)))
    mean = total / count
    error = np.sqrt(np.maximum(squares / count - mean**2, 0.0) / (count - 1))
    return Survey(samples, peaks, np.where((np.abs(mean) > _LEAST) & (np.abs(mean) > _SURE * error), mean, 0.0))
