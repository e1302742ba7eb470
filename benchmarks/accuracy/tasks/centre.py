"""The middle of a mix against its sides: one melody in the middle, two to the left and right of it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import soundfile
from numpy.typing import NDArray

from benchmarks.accuracy.comparing import OURS, Case, Method, Report, Scores, compare
from benchmarks.accuracy.programs import RATE, kept
from benchmarks.accuracy.tasks.separation import decibels
from benchmarks.accuracy.tasks.setting import Setting

Samples = NDArray[np.float64]

_FAR = 0.15
"""Gain of a melody in the loudspeaker on the other side; 16 dB less than in its own."""


def centre_extraction(setting: Setting) -> Report:
    """Compare what takes the middle out of a stereo mix."""
    solos = [piece.wav for piece in setting.melodies()]
    names = [piece.name.removeprefix("solo ") for piece in setting.melodies()]
    cases = []
    for middle in range(0, len(solos), 2):
        left, right = (middle + 7) % len(solos), (middle + 11) % len(solos)
        parts = {part: _part(setting.home, solos, middle, left, right, part) for part in ("mix", "centre", "sides")}
        cases.append(Case(f"{names[middle]} between {names[left]} and {names[right]}", parts["mix"], parts))
    ours = Method(OURS, "", lambda: setting.bundled.sound("centre-extraction"))
    untouched = Method("(untouched)", "", lambda: lambda wav: [soundfile.read(wav)[0].T] * 2)
    middle_side = Method("mid/side", "", lambda: _middle_side)
    return compare("Centre extraction", cases, setting.methods(ours, (untouched, middle_side)), _score, "mean SDR")


def _part(home: Path, solos: list[Path], middle: int, left: int, right: int, part: str) -> Path:
    def make(path: Path) -> None:
        loudspeakers = {middle: (1.0, 1.0), left: (1.0, _FAR), right: (_FAR, 1.0)}
        wanted = {"mix": loudspeakers, "centre": (middle,), "sides": (left, right)}[part]
        mono = {number: _level(soundfile.read(solos[number])[0].mean(1)) for number in loudspeakers}
        length = max(map(len, mono.values()))
        sound = np.zeros((length, 2))
        for number in wanted:
            sound[: len(mono[number])] += mono[number][:, None] * loudspeakers[number]
        soundfile.write(path, 0.3 * sound, RATE, subtype="FLOAT")

    recipe = ["1", part, *(solos[number].stem for number in (middle, left, right))]
    return kept(home, "centres", recipe, make)


def _level(mono: Samples) -> Samples:
    return 0.1 * mono / np.sqrt(np.mean(mono**2))


def _middle_side(wav: Path) -> list[Samples]:
    left, right = soundfile.read(wav)[0].T
    middle, side = (left + right) / 2, (left - right) / 2
    return [np.stack([middle, middle]), np.stack([side, -side])]


def _score(case: Case, found: Any) -> Scores:
    centre, sides = (
        decibels(soundfile.read(case.truth[name])[0].T, part) for name, part in zip(("centre", "sides"), found)
    )
    return {"SDR centre": centre, "SDR sides": sides, "mean SDR": (centre + sides) / 2}
