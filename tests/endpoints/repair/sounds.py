"""Sounds that are whole, and how far a mended one is from them."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.signal import butter, lfilter

RATE = 22050
Sound = NDArray[np.float64]


def moments(seconds: float = 3.0) -> Sound:
    """Return the moments of samples."""
    return np.arange(round(seconds * RATE)) / RATE


def chords(seconds: float = 3.0) -> Sound:
    """Return plucked notes over each other, with a little noise."""
    t, generator = moments(seconds), np.random.default_rng(3)
    made = 1e-4 * generator.standard_normal(len(t))
    for number, pitch in enumerate((196.0, 220.0, 277.2, 329.6, 440.0, 261.6)):
        since = np.maximum(0.0, t - 0.4 * number)
        rise = np.minimum(1.0, since / 0.01) * np.exp(-2 * since)
        made += rise * sum(np.sin(2 * np.pi * pitch * k * since) / k**1.5 for k in range(1, 9))
    return 0.7 * made / np.abs(made).max()


def drums() -> Sound:
    """Return strokes of noise and of a low tone out of silence."""
    made, generator = np.zeros(len(moments())), np.random.default_rng(4)
    t = moments(0.2)
    for start in np.arange(0.1, 2.6, 0.23):
        at = round(start * RATE)
        stroke = generator.standard_normal(len(t)) * np.exp(-t / 0.03) + np.sin(2 * np.pi * 80 * t) * np.exp(-t / 0.06)
        made[at : at + len(t)] += 0.2 * stroke
    return made


def trumpet() -> Sound:
    """Return pulses through resonances, with vibrato."""
    t = moments()
    phase = t * 233 + 0.1 * np.sin(2 * np.pi * 5 * t)
    made = np.diff(np.floor(phase), prepend=0.0)
    for resonance, width in ((1200.0, 300.0), (2500.0, 500.0)):
        radius = np.exp(-np.pi * width / RATE)
        made = lfilter([1.0], [1.0, -2 * radius * np.cos(2 * np.pi * resonance / RATE), radius**2], made)
    made -= made.mean()
    return 0.5 * made / np.abs(made).max()


def square(pitch: float) -> Sound:
    """Return a square wave at full scale."""
    return 0.999 * np.sign(np.sin(2 * np.pi * pitch * moments() + 0.1))


def distorted(has_loudspeaker: bool) -> Sound:
    """Return a guitar through an amplifier that is driven hard."""
    t = moments()
    strings = sum(np.sin(2 * np.pi * pitch * k * t) / k for pitch in (82.4, 123.5, 164.8) for k in range(1, 6))
    driven = 0.8 * np.tanh(8 * strings)
    return lfilter(*butter(2, 4000, fs=RATE), driven) if has_loudspeaker else driven


def bass(seconds: float = 3.0) -> Sound:
    """Return notes of a bass beside the mains' frequency (G and A flat), with pauses."""
    t = moments(seconds)
    pitch = np.where(t % 6 < 3, 49.0, 51.91)
    loud = np.clip(np.minimum(t % 3, 0.8 - t % 3) / 0.02, 0.0, 1.0)
    return 0.3 * loud * sum(np.sin(2 * np.pi * k * np.cumsum(pitch) / RATE) / k for k in range(1, 6))


def sdr(original: Sound, other: Sound) -> float:
    """Return how far a sound is from its original, in dB; more is nearer."""
    return float(10 * np.log10((original**2).sum() / ((original - other) ** 2).sum()))
