"""Levelling: speech and music whose level jumps come out even, and gently compressed; silence stays as it is."""

from __future__ import annotations

import numpy as np

from endpoints.deepafx.encoder import RATE
from endpoints.deepafx.pairs import Mono, Pair
from endpoints.deepafx.schedule import Schedule
from endpoints.deepafx.tasks import music, speech
from endpoints.deepafx.tasks.levels import at_level, hiss, loudness, steps, times
from endpoints.deepafx.tasks.task import Part, Task
from endpoints.effects.torch_set.compressor import Compressor

LEVEL = -20.0
"""dB of full scale, of speech and music that is even."""

_GENTLE = {"threshold": -18.0, "ratio": 2.5, "knee": 12.0, "attack": 10.0, "release": 150.0, "output": 2.0}
_PEAK = -0.5
_SILENT = 1.5
"""Seconds from which on a pause is left alone: there is nothing to be made even."""


def _sounds(part: Part, seed: int) -> list[Mono]:
    rng = np.random.default_rng([seed, 11 if part == "training" else 12])
    count, seconds = (24, 12.0) if part == "training" else (6, 6.0)
    sounds = []
    for number in range(count):
        if number % 3 == 2:
            sounds.append(at_level(music.mix(part, rng, seconds), LEVEL))
        else:
            sounds.append(speech.take(part, rng, seconds, (0.15, 0.7) if number % 2 else (0.2, 3.0)).sound)
    return sounds


def _pair(clean: Mono, rng: np.random.Generator) -> Pair:
    """Return a sound that is even, at levels that jump, and as it should be."""
    even = at_level(clean, LEVEL)
    even = even + hiss(len(even), LEVEL - rng.uniform(42, 60), rng)
    lengths, levels = [], []
    left = len(even)
    while left > 0:
        lengths.append(min(left, int(RATE * rng.uniform(2.0, 6.0))))
        levels.append(float(rng.uniform(-24, 6)))
        left -= lengths[-1]
    gain = steps(lengths, levels, int(RATE * rng.uniform(0.05, 0.5)))
    before = times(even, gain)
    before *= min(1.0, 10 ** (_PEAK / 20) / (np.abs(before).max() + 1e-9))
    made = Compressor(RATE, 1).process(even[None], _GENTLE)[0]
    after = np.where(_resting(even), before, made).astype(np.float32)
    return Pair(before, after)


def _resting(sound: Mono) -> np.ndarray:
    """Return where there is a long pause, a tenth of a second away from its ends, for each sample."""
    frame = RATE // 50
    frames = np.pad(sound, (0, -len(sound) % frame)).reshape(-1, frame)
    quiet = 10 * np.log10((frames.astype(np.float64) ** 2).mean(axis=1) + 1e-12) < loudness(sound) - 33
    edges = np.flatnonzero(np.diff(np.concatenate([[0], quiet.astype(int), [0]])))
    resting = np.zeros(len(frames), bool)
    for start, end in edges.reshape(-1, 2):
        if (end - start) * frame >= _SILENT * RATE:
            resting[start + 5 : end - 5] = True
    return np.repeat(resting, frame)[: len(sound)]


TASK = Task(
    name="auto-level",
    title="Auto level",
    purpose="Speech or music whose level goes up and down comes out even and a little compressed; pauses stay quiet.",
    material="Synthetic speech and music from a soundfont, with jumps of level of up to 30 dB, and without.",
    plugins=(
        {
            "uri": "harpist:compressor",
            "fixed": {"knee": 12.0, "attack": 10.0, "release": 150.0},
            "learn": {
                "input": {"minimum": -12.0, "maximum": 30.0, "default": 0.0},
                "threshold": {"minimum": -40.0, "maximum": 0.0, "default": -18.0},
                "ratio": {"minimum": 1.0, "maximum": 8.0, "default": 1.0},
                "output": {"minimum": -12.0, "maximum": 12.0, "default": 0.0},
            },
        },
        {"uri": "harpist:limiter", "fixed": {"ceiling": -1.0}, "learn": []},
    ),
    schedule=Schedule(steps=250, every=50, patience=8, held_out=48, rate=2e-3, progressive=False),
    sounds=_sounds,
    pair=_pair,
    usual={"compressor/threshold": -26.0, "compressor/ratio": 3.0, "compressor/output": 6.0},
)
