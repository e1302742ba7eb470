"""Mean, power and peak of a sound, and what brings a part of it to those of the whole.

A model that standardises its input by them hears a part as it would hear it in the whole, when sound behind the part
makes up for what the part lacks.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Samples = NDArray[np.float32]
Values = NDArray[np.float64]

_SPARE = 1.01
"""How much longer what follows is than it must be."""


@dataclass(frozen=True)
class Level:
    """Of each channel of a sound, ``(channels,)``: the mean of its samples, of their squares, and the greatest."""

    mean: Values
    power: Values
    peak: Values


class LevelMeter:
    """Measures the level of a sound that comes in blocks."""

    def __init__(self, channels: int) -> None:
        self._samples = 0
        self._sum, self._energy, self._peak = np.zeros(channels), np.zeros(channels), np.zeros(channels)

    def add(self, block: Samples) -> None:
        """Take the next ``block (channels, n)``."""
        if not block.shape[1]:
            return
        wide = block.astype(np.float64)
        self._samples += block.shape[1]
        self._sum += wide.sum(axis=1)
        self._energy += np.square(wide).sum(axis=1)
        self._peak = np.maximum(self._peak, np.abs(wide).max(axis=1))

    def level(self) -> Level:
        """Return the level of what came."""
        samples = max(1, self._samples)
        return Level(self._sum / samples, self._energy / samples, self._peak)


def needed(part: Samples, level: Level) -> int:
    """Return how many samples must follow ``part (channels, n)``, at the least, for both together to have a level."""
    energy = np.square(part.astype(np.float64)).sum(axis=1)
    samples = np.divide(energy, level.power, out=np.zeros_like(energy), where=level.power > 0).max()
    return max(0, int(np.ceil(_SPARE * (samples - part.shape[1]))))


def filling(part: Samples, level: Level, shape: NDArray[np.float64]) -> Samples:
    """Return sound ``(channels, m)`` after which ``part (channels, n)`` and it together have a level.

    It is nowhere louder than the level's peak, and has that once where the part has it nowhere. A part that is louder
    than so much sound can make up for is followed by silence.

    Args:
        part: what comes before.
        level: what both are to have.
        shape: what it sounds like, ``(m,)``, at any level.
    """
    wide = part.astype(np.float64)
    samples, middle = part.shape[1] + len(shape), len(shape) // 2
    peak = np.where(np.abs(wide).max(axis=1) < level.peak, level.peak, 0.0)
    others = np.arange(len(shape)) != middle
    mean = (samples * level.mean - wide.sum(axis=1) - peak) / max(1, len(shape) - 1)
    power = (samples * level.power - np.square(wide).sum(axis=1) - peak**2) / max(1, len(shape) - 1)
    mean = np.where(power > mean**2, mean, 0.0)
    swing = np.sqrt(np.maximum(0.0, power - mean**2))
    wave = np.where(others, shape - shape[others].mean(), 0.0)
    wave /= max(1e-12, float(np.sqrt(np.mean(wave[others] ** 2))))
    swing = np.minimum(swing, np.maximum(0.0, level.peak - np.abs(mean)) / max(1e-12, np.abs(wave).max()))
    result = mean[:, None] + swing[:, None] * wave
    result[:, middle] = peak
    following: Samples = result.astype(np.float32)
    return following


def rough_shape(samples: int) -> NDArray[np.float64]:
    """Return noise that is as loud everywhere, ``(samples,)``."""
    signs = np.where(np.arange(samples) % 2, 1.0, -1.0)
    np.random.default_rng(0).shuffle(signs)
    return signs


def smooth_shape(samples: int) -> NDArray[np.float64]:
    """Return a slow wave, ``(samples,)``."""
    return np.asarray(np.sin(np.arange(samples) / 60))
