"""General MIDI's drums: each a short sound made of a tone that falls, rings and noise."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class _Drum:
    """A drum.

    Attributes:
        hertz: of its tone; 0 for none.
        bent: how many times as high the tone begins.
        tone: nepers a second at which the tone dies away.
        noise: the level of the noise beside the tone.
        fall: nepers a second at which the noise dies away.
        low, high: Hz between which the noise lies.
        level: beside the others.
    """

    hertz: float
    bent: float
    tone: float
    noise: float
    fall: float
    low: float
    high: float
    level: float = 1.0


_KICK = _Drum(52, 3.0, 9, 0.2, 120, 500, 5000, 1.6)
_SNARE = _Drum(185, 1.3, 22, 1.0, 16, 900, 9000)
_RIM = _Drum(1700, 1.0, 70, 0.4, 90, 1500, 8000, 0.7)
_CLAP = _Drum(0, 1.0, 1, 1.0, 18, 900, 4000, 0.9)
_HAT = _Drum(0, 1.0, 1, 1.0, 45, 7000, 16000, 0.5)
_OPEN = _Drum(0, 1.0, 1, 1.0, 7, 7000, 16000, 0.5)
_CRASH = _Drum(0, 1.0, 1, 1.0, 2.2, 3500, 16000, 0.6)
_RIDE = _Drum(4300, 1.0, 6, 0.6, 4, 5000, 15000, 0.35)
_BELL = _Drum(800, 1.0, 12, 0.05, 60, 2000, 9000, 0.6)
_SHAKER = _Drum(0, 1.0, 1, 1.0, 28, 5000, 14000, 0.4)
_WOOD = _Drum(900, 1.05, 45, 0.1, 120, 800, 6000, 0.7)


def _skin(hertz: float, fall: float = 11.0) -> _Drum:
    return _Drum(hertz, 1.5, fall, 0.15, 60, 300, 4000)


_DRUMS = {
    35: _KICK, 36: _KICK, 37: _RIM, 38: _SNARE, 39: _CLAP, 40: _SNARE, 41: _skin(82), 42: _HAT, 43: _skin(98),
    44: _HAT, 45: _skin(120), 46: _OPEN, 47: _skin(147), 48: _skin(175), 49: _CRASH, 50: _skin(210), 51: _RIDE,
    52: _CRASH, 53: _BELL, 54: _SHAKER, 55: _CRASH, 56: _BELL, 57: _CRASH, 58: _SHAKER, 59: _RIDE,
    60: _skin(330, 25), 61: _skin(250, 22), 62: _skin(280, 40), 63: _skin(270, 18), 64: _skin(200, 16),
    65: _skin(400, 16), 66: _skin(300, 14), 67: _BELL, 68: _BELL, 69: _SHAKER, 70: _SHAKER, 75: _WOOD, 76: _WOOD,
    77: _WOOD, 80: _BELL, 81: _BELL, 82: _SHAKER,
}  # fmt: skip

CHOKED = {42: (46,), 44: (46,)}
"""Drums that end others: a closed hi-hat does not ring on."""


@lru_cache(maxsize=128)
def stroke(key: int, rate: int) -> NDArray[np.float64]:
    """Return what a drum sounds like when it is struck hardest, ``(samples,)``, the same each time."""
    drum = _DRUMS.get(key, _WOOD)
    slowest = min([drum.fall if drum.noise else 1e9, drum.tone if drum.hertz else 1e9])
    time = np.arange(round(min(3.0, 8.0 / slowest) * rate)) / rate
    made = np.zeros(len(time))
    if drum.hertz:
        hertz = drum.hertz * (1 + (drum.bent - 1) * np.exp(-40 * time))
        made += np.sin(2 * np.pi * np.cumsum(hertz) / rate) * np.exp(-drum.tone * time)
    spectrum = np.fft.rfft(np.random.default_rng(key).standard_normal(len(time)))
    frequencies = np.fft.rfftfreq(len(time), 1 / rate)
    noise = np.fft.irfft(spectrum * ((frequencies > drum.low) & (frequencies < drum.high)), len(time))
    made += drum.noise * noise / (float(noise.std()) or 1.0) * 0.6 * np.exp(-drum.fall * time)
    made[-64:] *= np.linspace(1, 0, 64)
    made *= np.minimum(1, np.arange(len(made)) / 24)
    result: NDArray[np.float64] = drum.level * made
    return result
