"""The level of a whole file, which Demucs wants taken out of every segment: mean and deviation of the mono mix."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.audio.beside import at_rate
from app.audio.io import open_reader
from app.audio.resample import resampled_length

Samples = NDArray[np.floating[Any]]

_LEAST = 1e-8
"""What the package adds to a deviation, so that silence can be divided by it."""


@dataclass(frozen=True)
class Level:
    """Mean and deviation of a sound."""

    mean: float
    deviation: float


AS_IT_IS = Level(0.0, 1.0)
"""What changes nothing when it is taken out."""


def pairs(channels: int) -> list[slice]:
    """Return which channels are heard together: left and right, and a last one without a partner by itself."""
    return [slice(at, at + 2) for at in range(0, channels, 2)]


def measure_levels(source: Path, rate: int, report: Callable[[float], None]) -> list[Level]:
    """Read a file once and return the level of each pair of its channels, at another rate (Hz).

    Raises:
        AudioFileError: it cannot be read.
    """
    with open_reader(source) as reader:
        gauges = [_Gauge() for _ in pairs(reader.format.channels)]
        total = resampled_length(reader.format.samples, reader.format.sample_rate, rate)
        done = 0
        for block in at_rate(reader, rate):
            for gauge, taken in zip(gauges, pairs(len(block))):
                gauge.add(block[taken].astype(np.float64).mean(axis=0))
            done += block.shape[1]
            report(min(1.0, done / total))
    return [gauge.level() for gauge in gauges]


class _Gauge:
    """Sums up a sound block by block without losing digits (Chan, Golub, LeVeque 1979)."""

    def __init__(self) -> None:
        self._count = 0
        self._mean = self._squares = 0.0

    def add(self, samples: NDArray[np.float64]) -> None:
        if not samples.size:
            return
        mean = float(samples.mean())
        count, apart = self._count + samples.size, mean - self._mean
        self._squares += float(np.square(samples - mean).sum()) + apart**2 * self._count * samples.size / count
        self._mean += apart * samples.size / count
        self._count = count

    def level(self) -> Level:
        return Level(self._mean, math.sqrt(self._squares / max(1, self._count - 1)) + _LEAST)
