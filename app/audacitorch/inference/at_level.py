"""A model that hears each part of a region at the level of the whole region."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from app.audacitorch.inference.levels import Level, LevelMeter, filling, needed, rough_shape
from app.audacitorch.profile import Calibration

Samples = NDArray[np.float32]

_PAUSE = 0.5
"""Seconds of silence between a part and what makes up for its level."""
_PROBE = 2.0
"""Seconds of the sound that a gain is told by; three times as much follows it."""


def at_level(
    whole: Callable[[Samples], Samples], rate: int, calibration: Calibration, shortest: float
) -> AtLevel | AtGain:
    """Return how to run a model that goes by a region's level on the parts of a region.

    Args:
        whole: maps ``(channels, n)`` to ``(rows, n)``.
        rate: its sample rate in Hz.
        calibration: what is known of it.
        shortest: the least that it works with, in seconds.
    """
    if calibration.match_levels:
        return AtGain(whole, rate, shortest)
    return AtLevel(whole, rate, max(calibration.chunk, calibration.whole))


class AtLevel:
    """Runs a model with sound behind each part of a region, so that both together have the level of the whole region.

    Args:
        whole: maps ``(channels, n)`` to ``(rows, n)``.
        rate: the model's sample rate in Hz.
        most: how many samples it may get at once.
    """

    def __init__(self, whole: Callable[[Samples], Samples], rate: int, most: int) -> None:
        self._whole = whole
        self._pause = round(_PAUSE * rate)
        self._most = most
        self.short = False

    def __call__(self, part: Samples, level: Level) -> Samples:
        """Map ``part (channels, n)`` of a region with a level to ``(rows, n)``.

        Where the part is so loud that what must follow it does not fit, ``short`` is set from then on.
        """
        samples = part.shape[1]
        length = max(samples, needed(part, level), 2 * self._pause)
        if samples + length > self._most:
            self.short = self.short or needed(part, level) > self._most - samples
            length = max(0, self._most - samples)
        if length < 2:
            return self._whole(part)
        pause = min(self._pause, length // 2)
        shape = np.concatenate([np.zeros(pause), rough_shape(length - pause)])
        return self._whole(np.concatenate([part, filling(part, level, shape)], axis=1))[:, :samples]


class AtGain:
    """Runs a model, of whose result the level of a whole region changes the level only, on parts of a region.

    What gain it has at the level of the part, and at that of the region, is told by the same short noise in sounds of
    both levels.

    Args:
        whole: maps ``(channels, n)`` to ``(rows, n)``.
        rate: the model's sample rate in Hz.
        shortest: the least that it works with, in seconds.
    """

    short = False

    def __init__(self, whole: Callable[[Samples], Samples], rate: int, shortest: float) -> None:
        self._whole = whole
        self._probe = round(_PROBE * rate)
        self._following = round(max(3 * _PROBE, shortest) * rate)

    def __call__(self, part: Samples, level: Level) -> Samples:
        """Map ``part (channels, n)`` of a region with a level to ``(rows, n)``."""
        meter = LevelMeter(len(part))
        meter.add(part)
        own, result = meter.level(), self._whole(part)
        if not own.power.any():
            return result
        amplitude = np.sqrt(np.minimum(own.power, level.power) / 2)[:, None]
        noise = (amplitude * rough_shape(self._probe)).astype(np.float32)
        there, here = (self._probed(noise, one).astype(np.float64) for one in (level, own))
        energy = np.square(here).sum(axis=1)
        gain = np.divide((there * here).sum(axis=1), energy, out=np.ones_like(energy), where=energy > 0)
        scaled: Samples = result * gain[:, None].astype(np.float32)
        return scaled

    def _probed(self, noise: Samples, level: Level) -> Samples:
        """Return what becomes of noise ``(channels, n)`` in a sound of a level, but for its ends."""
        rows = self._whole(np.concatenate([noise, filling(noise, level, rough_shape(self._following))], axis=1))
        return rows[:, self._probe // 4 : self._probe // 2]
