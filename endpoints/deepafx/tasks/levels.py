"""Levels of sound, and gains that change over time."""

from __future__ import annotations

import numpy as np

from endpoints.deepafx.encoder import RATE
from endpoints.deepafx.pairs import Mono

_FRAME = RATE // 50


def loudness(sound: Mono) -> float:
    """Return the level of the frames of 20 ms that are within 30 dB of the loudest, in dB; -120 at least."""
    frames = sound[: len(sound) // _FRAME * _FRAME].reshape(-1, _FRAME).astype(np.float64)
    power = (frames**2).mean(axis=1)
    if not len(power) or power.max() < 1e-12:
        return -120.0
    return float(10 * np.log10(power[power > power.max() / 1000].mean()))


def at_level(sound: Mono, decibels: float) -> Mono:
    """Return a sound at a level, as `loudness` tells it; silence stays silence."""
    return times(sound, decibels - loudness(sound)) if loudness(sound) > -120 else sound


def times(sound: Mono, decibels: float | np.ndarray) -> Mono:
    """Return a sound with a gain, of one number or one a sample."""
    louder: Mono = (sound * 10 ** (np.asarray(decibels) / 20)).astype(np.float32)
    return louder


def steps(lengths: list[int], levels: list[float], ramp: int) -> np.ndarray:
    """Return one level after the other, each for its samples, with straight ramps about the borders.

    Args:
        lengths: of each level, in samples.
        levels: in dB.
        ramp: samples of a ramp.
    """
    held = np.repeat(np.asarray(levels, float), lengths)
    if ramp < 2 or len(held) < ramp:
        return held
    longer = np.pad(held, (ramp // 2, ramp - 1 - ramp // 2), mode="edge")
    total = np.concatenate([[0.0], np.cumsum(longer)])
    level: np.ndarray = (total[ramp:] - total[:-ramp]) / ramp
    return level


def hiss(samples: int, decibels: float, rng: np.random.Generator) -> Mono:
    """Return a room's noise, darker towards the top, at a level in dB of full scale."""
    spectrum = np.fft.rfft(rng.standard_normal(samples))
    spectrum /= np.sqrt(1 + (np.fft.rfftfreq(samples, 1 / RATE) / rng.uniform(300, 3000)) ** 2)
    sound = np.fft.irfft(spectrum, samples)
    return times((sound / (np.sqrt((sound**2).mean()) + 1e-9)).astype(np.float32), decibels)
