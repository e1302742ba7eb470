"""Loudness as a broadcaster measures it (ITU-R BS.1770-4), found and given back exactly."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from endpoints.loudness.meter import LoudnessMeter, Measured

Samples = NDArray[np.floating[Any]]

HEARD = -24.0
"""LUFS: as loud the networks were taught."""
_BLOCK = 65536
_TRIES = 20


def measured(sound: Samples, rate: int) -> Measured:
    """Measure ``sound (channels, samples)``, each channel as loud as any other."""
    meter = LoudnessMeter(rate, [1.0] * len(sound))
    for start in range(0, sound.shape[1], _BLOCK):
        meter.push(sound[:, start : start + _BLOCK])
    return meter.finish()


def gain_to(found: Measured, loudness: float) -> float:
    """Return the factor that gives a sound a loudness in LUFS: 0 where that is silence, 1 where the sound is.

    Silence is what lies below -70 LUFS throughout. That gate stands still, so it takes steps to come near.
    """
    now = found.integrated()
    if not math.isfinite(loudness):
        return 0.0
    if not math.isfinite(now):
        return 1.0
    gain = 1.0
    for _ in range(_TRIES):
        gain *= 10 ** ((loudness - now) / 20)
        now = found.integrated(gain)
        if not math.isfinite(now):
            return 1.0
        if abs(now - loudness) < 1e-4:
            break
    return gain


def heard_gain(found: Measured, sound: Samples) -> float:
    """Return the factor with which a sound is sent to the codec: to :data:`HEARD`, and no peak above full scale."""
    gain, peak = gain_to(found, HEARD), float(np.abs(sound).max(initial=0.0))
    return min(gain, 1.0 / peak) if peak else gain
