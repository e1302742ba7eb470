"""Music made up for the way from notes to sound and back: melodies, and chords in four parts."""

from __future__ import annotations

import numpy as np

from app.midi.notes import Note
from app.midi.writing import Part

_SCALE = (0, 2, 4, 5, 7, 9, 11)
_START = 0.3
_GATE = 0.9


def melody(seed: int, program: int, *, notes: int = 40, low: int = 55, high: int = 79) -> list[Part]:
    """Return a melody of eighths, quarters and sixteenths in C major, steps and leaps, as one part."""
    random = np.random.default_rng(seed)
    made, now, pitch = [], _START, (low + high) // 2
    for _ in range(notes):
        length = 0.3 * float(random.choice((1.0, 1.0, 1.0, 2.0, 0.5)))
        pitch = int(np.clip(pitch + random.integers(-4, 5), low, high))
        while pitch % 12 not in _SCALE:
            pitch += 1
        made.append(Note(now, now + _GATE * length, pitch, int(random.integers(70, 110))))
        now += length
    return [Part(made, "Melody", program)]


def four_parts(seed: int, programs: tuple[int, int, int, int], *, chords: int = 24) -> list[Part]:
    """Return triads in four parts, bass to soprano, half a second each; the players are together within some ms."""
    random = np.random.default_rng(seed)
    voices: tuple[list[Note], ...] = ([], [], [], [])
    for place, degree in enumerate(random.integers(0, 7, chords).tolist()):
        root, third, fifth = (_SCALE[(degree + step) % 7] + 12 * ((degree + step) // 7) for step in (0, 2, 4))
        for voice, pitch in zip(voices, (36 + root, 48 + fifth, 60 + third, 72 + (fifth if place % 2 else root))):
            start = _START + 0.5 * place + float(random.normal(0, 0.003))
            voice.append(Note(start, start + _GATE * 0.5, pitch, int(random.integers(70, 110))))
    names = ("Bass", "Tenor", "Alto", "Soprano")
    return [
        Part(notes, name, program, channel)
        for channel, (notes, name, program) in enumerate(zip(voices, names, programs, strict=True))
    ]


def notes_of(parts: list[Part]) -> list[Note]:
    """Return the notes of all parts in the order of their starts."""
    return sorted((note for part in parts for note in part.notes), key=lambda note: (note.start, note.pitch))
