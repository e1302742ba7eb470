"""Music from a soundfont of the system, with harmonies, rhythms and instruments that are drawn."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from app.errors import HarpistError
from app.midi.notes import Note
from app.midi.writing import Part as Played
from app.midi.writing import make_midi
from endpoints.deepafx.encoder import RATE
from endpoints.deepafx.pairs import Mono
from endpoints.deepafx.tasks.task import Part, SourceError
from endpoints.midi_synth.playing import played
from endpoints.midi_synth.soundfont import SoundfontPlayer

SOUNDFONT = Path("/usr/share/sounds/sf2/TimGM6mb.sf2")
"""Debian's small one."""

_MISSING = (
    f"Music is made with a soundfont that is missing here: {SOUNDFONT}; install it with: apt-get install "
    "timgm6mb-soundfont."
)

BASSES: dict[Part, tuple[int, ...]] = {"training": (32, 34, 36, 38), "held out": (33, 35, 39)}
CHORDS: dict[Part, tuple[int, ...]] = {
    "training": (0, 4, 16, 24, 26, 48, 50, 88),
    "held out": (1, 5, 17, 25, 27, 49, 89),
}
MELODIES: dict[Part, tuple[int, ...]] = {
    "training": (0, 11, 40, 56, 64, 68, 71, 73, 80),
    "held out": (4, 12, 41, 57, 65, 69, 74, 81),
}
PLUCKED: dict[Part, tuple[int, ...]] = {"training": (24, 26, 28, 32, 34, 4, 0), "held out": (25, 27, 33, 5)}
"""Programs of General MIDI, counted from 0, by what they play."""

_DRUMS = 9
_SCALES = ((0, 2, 4, 5, 7, 9, 11), (0, 2, 3, 5, 7, 8, 10))


def mix(part: Part, rng: np.random.Generator, seconds: float) -> Mono:
    """Return bass, chords, a melody and, often, drums, ``(samples,)``, peaks at 0.5.

    Raises:
        SourceError: the soundfont, or what plays it, is missing.
    """
    beat, key, scale = 60 / rng.uniform(75, 140), int(rng.integers(12)), _SCALES[rng.integers(2)]
    bars = int(seconds / (4 * beat)) + 1
    bass: list[Note] = []
    chords: list[Note] = []
    melody: list[Note] = []
    drums: list[Note] = []
    for bar in range(bars):
        at, degree = bar * 4 * beat, int(rng.choice([0, 3, 4, 5, 1]))
        triad = [key + 48 + scale[(degree + step) % 7] + 12 * ((degree + step) // 7) for step in (0, 2, 4)]
        bass += [_note(at + quarter * beat, 0.9 * beat, triad[0] - 12, rng) for quarter in range(4)]
        length = int(rng.choice([1, 2, 4]))
        for quarter in range(0, 4, length):
            chords += [_note(at + quarter * beat, 0.95 * length * beat, pitch + 12, rng) for pitch in triad]
        for eighth in range(8):
            if rng.uniform() < 0.55:
                pitch = key + 72 + scale[rng.integers(7)]
                melody.append(_note(at + eighth * beat / 2, 0.45 * beat, pitch, rng))
            drums.append(_note(at + eighth * beat / 2, 0.1, 42, rng))
            if eighth in (0, 4):
                drums.append(_note(at + eighth * beat / 2, 0.1, 36, rng))
            if eighth in (2, 6):
                drums.append(_note(at + eighth * beat / 2, 0.1, 38, rng))
    parts = [
        Played(notes, program=_one(programs[part], rng), channel=channel)
        for channel, (notes, programs) in enumerate(((bass, BASSES), (chords, CHORDS), (melody, MELODIES)))
    ]
    if rng.uniform() < 0.7:
        parts.append(Played(drums, channel=_DRUMS))
    return _sound(parts, seconds)


def phrase(part: Part, rng: np.random.Generator, seconds: float) -> Mono:
    """Return one plucked or struck instrument, single notes and chords, ``(samples,)``, peaks at 0.5.

    Raises:
        SourceError: the soundfont, or what plays it, is missing.
    """
    program, key, scale = _one(PLUCKED[part], rng), int(rng.integers(12)), _SCALES[rng.integers(2)]
    low = 28 if program in BASSES["training"] + BASSES["held out"] else 40
    notes: list[Note] = []
    now = 0.05
    while now < seconds:
        length = float(rng.choice([0.15, 0.25, 0.4, 0.8]))
        degree = int(rng.integers(14))
        steps = (0, 2, 4) if low == 40 and rng.uniform() < 0.35 else (0,)
        for step in steps:
            place = degree + step
            notes.append(_note(now, 0.95 * length, low + key + scale[place % 7] + 12 * (place // 7), rng))
        now += length
    return _sound([Played(notes, program=program)], seconds)


def _note(start: float, length: float, pitch: int, rng: np.random.Generator) -> Note:
    return Note(start, start + length, min(pitch, 108), int(rng.integers(60, 115)))


def _one(programs: Sequence[int], rng: np.random.Generator) -> int:
    return programs[int(rng.integers(len(programs)))]


def _sound(parts: Sequence[Played], seconds: float) -> Mono:
    if not SOUNDFONT.is_file():
        raise SourceError(_MISSING)
    try:
        with SoundfontPlayer(SOUNDFONT, SOUNDFONT.name, RATE) as player:
            blocks = [b.mean(axis=0) for b in played(make_midi(parts), player, RATE, int(seconds * RATE))]
    except SourceError:
        raise
    except HarpistError as error:
        raise SourceError(error.message) from error
    sound = np.concatenate(blocks)
    loud: Mono = (0.5 * sound / (np.abs(sound).max() + 1e-9)).astype(np.float32)
    return loud
