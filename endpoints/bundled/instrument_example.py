"""A short sound to try the instruments with: two of them, one after the other."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from endpoints.bundled.examples import add, hat, kick, pluck, snare

_RATE = 16000
_BEAT = 0.5


def guitar_then_drums() -> tuple[NDArray[np.float32], int]:
    """Return E and A strummed on a guitar for 4 s, then a plain rock beat for 4 s; mono at 16 kHz."""
    random = np.random.default_rng(2019)
    strummed, beat = np.zeros(4 * _RATE), np.zeros(4 * _RATE)
    for step in range(8):
        for string, note in enumerate((40, 47, 52, 56, 59, 64) if step < 4 else (45, 52, 57, 61, 64)):
            add(strummed, pluck(note, 1.2, _RATE), step * _BEAT + 0.012 * string, _RATE)
        add(beat, 0.2 * hat(_RATE, random), step * _BEAT, _RATE)
        add(beat, 0.2 * hat(_RATE, random), (step + 0.5) * _BEAT, _RATE)
        add(beat, kick(_RATE) if step % 2 == 0 else 0.5 * snare(_RATE, random), step * _BEAT, _RATE)
    strummed[-800:] *= np.linspace(1.0, 0.0, 800)
    sound = np.concatenate([0.7 * part / np.abs(part).max() for part in (strummed, beat)])
    return sound.astype(np.float32)[None], _RATE
