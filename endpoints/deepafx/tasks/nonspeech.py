"""Breaths, clicks and lip smacks between words, which are to go down to the noise of the room."""

from __future__ import annotations

import numpy as np

from endpoints.deepafx.encoder import RATE
from endpoints.deepafx.pairs import Mono, Pair
from endpoints.deepafx.schedule import Schedule
from endpoints.deepafx.tasks import mouth, speech
from endpoints.deepafx.tasks.levels import at_level, hiss, times
from endpoints.deepafx.tasks.task import Part, Task

_QUIET = 0.01
_SHORTEST = 0.25
"""Seconds of a pause that something is put into."""


def _sounds(part: Part, seed: int) -> list[Mono]:
    rng = np.random.default_rng([seed, 21 if part == "training" else 22])
    count, seconds = (16, 12.0) if part == "training" else (5, 6.0)
    return [speech.take(part, rng, seconds, (0.6, 2.0)).sound for _ in range(count)]


def _pair(clean: Mono, rng: np.random.Generator) -> Pair:
    """Return speech with a mouth's noises in most of its pauses, and without, in the same room, at the same level."""
    voice = at_level(clean, -20.0)
    noises = np.zeros(len(voice), np.float32)
    for start, end in pauses(voice):
        at = start + int(RATE * rng.uniform(0.02, 0.1))
        while at < end:
            kind = rng.uniform()
            if kind < 0.5:
                one = times(mouth.breath(rng), -20.0 - rng.uniform(12, 26))
            elif kind < 0.8:
                one = times(mouth.click(rng), -rng.uniform(16, 36))
            else:
                one = times(mouth.lip_smack(rng), -rng.uniform(16, 36))
            if at + len(one) <= end:
                noises[at : at + len(one)] += one
            at += len(one) + int(RATE * rng.uniform(0.05, 0.4))
    room = hiss(len(voice), -20.0 - rng.uniform(38, 55), rng)
    level = min(rng.uniform(-10, 6), 20 * np.log10(0.9 / np.abs(voice).max()))
    return Pair(times(voice + room + noises, level), times(voice + room, level))


def pauses(voice: Mono) -> list[tuple[int, int]]:
    """Return start and end, in samples, of each pause of speech without noise that is long enough for a mouth's."""
    loud = np.flatnonzero(np.abs(voice) > _QUIET * np.abs(voice).max())
    if not len(loud):
        return []
    edges = [0, *(place for n in np.flatnonzero(np.diff(loud) > 1) for place in (loud[n], loud[n + 1])), len(voice)]
    edges[1:1], edges[-1:-1] = [int(loud[0])], [int(loud[-1])]
    pairs = zip(edges[::2], edges[1::2])
    return [(int(start), int(end)) for start, end in pairs if end - start >= _SHORTEST * RATE]


TASK = Task(
    name="nonspeech",
    title="Breaths and clicks removed",
    purpose="Breaths, clicks and lip smacks between the words of a voice go down to the noise of the room.",
    material="Synthetic speech with synthetic breaths, clicks and lip smacks in its pauses, and the same without them.",
    plugins=(
        {
            "uri": "harpist:gate",
            "fixed": {"attack": 1.0, "knee": 6.0, "ratio": 3.0},
            "learn": {
                "threshold": {"minimum": -70.0, "maximum": -5.0, "default": -45.0},
                "range": {"minimum": 0.0, "maximum": 50.0, "default": 0.0},
                "release": {"minimum": 10.0, "maximum": 300.0, "default": 60.0},
            },
        },
    ),
    schedule=Schedule(steps=200, items=12, every=50, held_out=48, rate=2e-3),
    sounds=_sounds,
    pair=_pair,
    usual={"gate/threshold": -38.0, "gate/range": 20.0, "gate/release": 100.0},
    smoothing=0.06,
)
