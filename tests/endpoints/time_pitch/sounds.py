"""Sounds whose length, pitch and attacks are known, and what measures them."""

from __future__ import annotations

import ctypes

import numpy as np
import pytest
from numpy.typing import NDArray

from endpoints.time_pitch.change import Change, Engine, Sound, of_length
from endpoints.time_pitch.rubber_band import NAMES, RubberBand
from endpoints.time_pitch.vocoder import PhaseVocoder

RATE = 44100
Samples = NDArray[np.float32]


def _is_there() -> bool:
    for name in NAMES:
        try:
            ctypes.CDLL(name)
        except OSError:
            continue
        return True
    return False


needs_rubber_band = pytest.mark.skipif(not _is_there(), reason="Rubber Band is not installed: librubberband2")
ENGINES = pytest.mark.parametrize("make", [pytest.param(RubberBand, marks=needs_rubber_band), PhaseVocoder])


def sound(samples: Samples, rate: int = RATE, block: int = 30000) -> Sound:
    """Return samples ``(channels, n)`` as a sound that is read in blocks."""
    channels, length = samples.shape
    return Sound(rate, channels, length, lambda: (samples[:, at : at + block] for at in range(0, length, block)))


def changed(engine: Engine, samples: Samples, change: Change, rate: int = RATE, block: int = 30000) -> Samples:
    """Return samples, changed."""
    blocks = engine.changed(sound(samples, rate, block), change)
    whole = np.concatenate(list(blocks), axis=1)
    expected = change.length(samples.shape[1])
    assert abs(whole.shape[1] - expected) < 0.2 * rate  # of about its length by itself
    return np.concatenate(list(of_length(iter([whole]), samples.shape[0], expected)), axis=1)


def seconds(length: float, rate: int = RATE) -> NDArray[np.float64]:
    """Return the moments of samples."""
    return np.arange(round(length * rate)) / rate


def frequency(samples: NDArray[np.floating], rate: int = RATE) -> float:
    """Return the strongest frequency of the middle of a sound, in Hz, by interpolation between bins."""
    middle = samples[len(samples) // 4 : -len(samples) // 4]
    size = 1 << 20
    levels = np.abs(np.fft.rfft(middle * np.hanning(len(middle)), size))
    top = int(levels.argmax())
    low, at, high = np.log(levels[top - 1 : top + 2])
    return float((top + 0.5 * (low - high) / (low - 2 * at + high)) * rate / size)


def strokes(at: NDArray[np.floating], length: float) -> Samples:
    """Return a drum: noise that begins at once at each moment (s) and dies away."""
    generator, made = np.random.default_rng(1), np.zeros(round(length * RATE))
    decay = np.exp(-np.arange(round(0.15 * RATE)) / (0.02 * RATE))
    for moment in at:
        start = round(moment * RATE)
        made[start : start + len(decay)] += 0.3 * generator.standard_normal(len(decay)) * decay
    return made[None].astype(np.float32)


def vowel(pitch: float, resonances: tuple[float, ...], length: float = 2.0) -> Samples:
    """Return a voice-like sound: pulses through resonances (Hz)."""
    from scipy.signal import lfilter

    pulses = (np.diff(np.floor(seconds(length) * pitch), prepend=0.0) > 0).astype(float)
    for resonance in resonances:
        radius, angle = np.exp(-np.pi * 90 / RATE), 2 * np.pi * resonance / RATE
        pulses = lfilter([1.0 - radius], [1.0, -2 * radius * np.cos(angle), radius**2], pulses)
    return (0.5 * pulses / np.abs(pulses).max())[None].astype(np.float32)
