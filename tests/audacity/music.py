"""Music of known chords, and what is heard of it in tracks that begin later."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import soundfile

TRIADS = ((0, 4, 7), (9, 12, 16), (5, 9, 12), (7, 11, 14))


def music(path: Path, rate: int, channels: int, subtype: str = "FLOAT") -> np.ndarray:
    """Write eight seconds of chords, two seconds each, with a beat; return the samples that are read from it."""
    times = np.arange(8 * rate) / rate
    sound = 0.02 * np.random.default_rng(len(path.stem)).standard_normal((8 * rate, channels))
    for number, notes in enumerate(TRIADS):
        inside = slice(2 * number * rate, 2 * (number + 1) * rate)
        for note in notes:
            frequency = 261.63 * 2 ** (note / 12)
            sound[inside] += sum(0.1 / k * np.sin(2 * np.pi * k * frequency * times[inside, None]) for k in (1, 2, 3))
    sound[:: rate // 2] += 0.3
    soundfile.write(path, sound, rate, subtype=subtype)
    return soundfile.read(path, always_2d=True, dtype="float32")[0]


def rest_is_silent(sound: np.ndarray, start: int, end: int) -> bool:
    return not sound[:start].any() and not sound[end:].any() and sound[start].any() and sound[end - 1].any()
