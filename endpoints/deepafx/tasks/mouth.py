"""What a mouth does besides speaking: breaths, clicks and lip smacks, made of noise and short resonances."""

from __future__ import annotations

import numpy as np

from endpoints.deepafx.encoder import RATE
from endpoints.deepafx.pairs import Mono

_Many = np.ndarray


def breath(rng: np.random.Generator) -> Mono:
    """Return air drawn in, 0.2 to 0.6 s: noise in the formants of an open mouth, slowly louder, sooner gone; RMS 1."""
    samples = int(RATE * rng.uniform(0.2, 0.6))
    hertz = np.fft.rfftfreq(samples, 1 / RATE)
    shape = 0.05 / (1 + (hertz / 5000) ** 2)
    for formant, width in ((500, 300), (1500, 500), (2700, 800), (4500, 1500)):
        middle = formant * rng.uniform(0.8, 1.25)
        shape += rng.uniform(0.3, 1.0) / (1 + ((hertz - middle) / width) ** 2)
    shape *= hertz / (hertz + 250)
    noise = np.fft.irfft(np.fft.rfft(rng.standard_normal(samples)) * shape, samples)
    time = np.linspace(0, 1, samples)
    rise, fall = rng.uniform(0.8, 2.0), rng.uniform(0.5, 1.2)
    return _even(noise * time**rise * (1 - time) ** fall)


def click(rng: np.random.Generator) -> Mono:
    """Return a click of tongue or teeth, some 10 ms; its peak is 1."""
    return _peak(_ring(rng, rng.uniform(1200, 5000), rng.uniform(0.0006, 0.003)))


def lip_smack(rng: np.random.Generator) -> Mono:
    """Return lips that part, 40 to 120 ms: a few clicks in a row, with wet noise between; its peak is 1."""
    samples = int(RATE * rng.uniform(0.04, 0.12))
    sound = np.zeros(samples + RATE // 50)
    for _ in range(rng.integers(2, 6)):
        one = _ring(rng, rng.uniform(700, 3500), rng.uniform(0.001, 0.004)) * rng.uniform(0.3, 1.0)
        at = int(rng.integers(samples))
        one = one[: len(sound) - at]
        sound[at : at + len(one)] += one
    wet = rng.standard_normal(len(sound)) * np.hanning(len(sound)) * rng.uniform(0.02, 0.1)
    return _peak(sound + wet)


def _ring(rng: np.random.Generator, hertz: float, seconds: float) -> _Many:
    time = np.arange(int(8 * seconds * RATE) + 8) / RATE
    tone = np.sin(2 * np.pi * hertz * time + rng.uniform(0, 6)) + 0.4 * rng.standard_normal(len(time))
    return tone * np.exp(-time / seconds) * np.minimum(1, time * 4000)


def _even(sound: _Many) -> Mono:
    level: Mono = (sound / np.sqrt((sound**2).mean() + 1e-12)).astype(np.float32)
    return level


def _peak(sound: _Many) -> Mono:
    level: Mono = (sound / (np.abs(sound).max() + 1e-12)).astype(np.float32)
    return level
