"""Metronomes: one sample, a burst of noise or a beep on each beat."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

RATE = 44100

_KINDS = ("impulse", "noise", "beep")
_TEMPOS = (76, 105, 135, 155, 170, 192, 205)


def clicks() -> Iterator[tuple[str, NDArray[np.float64], NDArray[np.float64]]]:
    """Yield each metronome's name, 20 s of mono samples at 44.1 kHz, and its beats: seconds, and always the place 1."""
    for kind in _KINDS:
        for bpm in _TEMPOS:
            yield f"{kind} {bpm}", *_clicks(kind, bpm)


def _clicks(kind: str, bpm: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    rng, time = np.random.default_rng(0), np.arange(int(0.05 * RATE)) / RATE
    times, samples = np.arange(0.3, 19.5, 60 / bpm), np.zeros(20 * RATE)
    for at in np.round(times * RATE).astype(int):
        if kind == "impulse":
            samples[at] += 0.8
        else:
            tone = np.sin(2 * np.pi * 1000 * time) if kind == "beep" else rng.standard_normal(len(time))
            samples[at : at + len(time)] += 0.5 * np.exp(-80 * time) * tone
    return samples, np.stack([times, np.ones(len(times))], 1)
