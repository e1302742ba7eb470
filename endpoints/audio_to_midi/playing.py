"""Found notes as parts of a MIDI file, with the pitch wheel where that is wanted."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

import numpy as np

from app.midi.file import DRUMS
from app.midi.notes import Note, velocity_of
from app.midi.writing import Bend, Part
from endpoints.audio_to_midi.choices import ALL, NO_BENDS
from endpoints.audio_to_midi.listening import FRAME_RATE
from endpoints.audio_to_midi.note_finding import FoundNote

LATE = 0.003
"""Seconds by which notes are moved ahead: the network hears struck notes 4 ms early, and soft starts 10 ms late."""

_CHANNELS = tuple(channel for channel in range(16) if channel != DRUMS)
_RANGE = 2
"""Semitones of the pitch wheel."""
_SMOOTHED = 5
"""Frames over which a bend is smoothed, by their median."""
_STEP = 0.04
"""Semitones by which the wheel moves at least."""


def seconds(frame: float) -> float:
    """Return when a frame of the network is, in seconds from the sound's start."""
    return max(0.0, frame / FRAME_RATE - LATE)


def played(note: FoundNote) -> Note:
    """Return a note as it stands in a MIDI file; how hard it is struck tells how sure the network is of it."""
    return Note(seconds(note.start), seconds(note.end), note.pitch, velocity_of(note.strength))


def parts(notes: Sequence[FoundNote], bends: str) -> list[Part]:
    """Return what is played: one part, or, where every note is bent, one for each that overlaps others.

    Args:
        notes: in the order of their starts.
        bends: one of the choices of :mod:`endpoints.audio_to_midi.choices`.
    """
    if bends == ALL:
        return [
            _part(voice, f"Notes {number}" if number > 1 else "Notes", channel, (_bends(note) for note in voice))
            for number, (channel, voice) in enumerate(zip(_CHANNELS, _voices(notes)), 1)
        ]
    alone = [] if bends == NO_BENDS else [_bends(note, straight=near) for note, near in _with_others(notes)]
    return [_part(notes, "Notes", 0, alone)]


def _part(notes: Sequence[FoundNote], name: str, channel: int, bends: Iterable[Iterable[Bend]]) -> Part:
    every = tuple(bend for of_note in bends for bend in of_note)
    return Part([played(note) for note in notes], name, channel=channel, bends=every, bend_range=_RANGE)


def _voices(notes: Sequence[FoundNote]) -> list[list[FoundNote]]:
    """Spread notes over voices in which none overlaps another; with too many at once, over that which is free next."""
    voices: list[list[FoundNote]] = []
    for note in notes:
        free = next((voice for voice in voices if voice[-1].end <= note.start), None)
        if free is None and len(voices) < len(_CHANNELS):
            voices.append([note])
        else:
            (free if free is not None else min(voices, key=lambda voice: voice[-1].end)).append(note)
    return voices or [[]]


def _with_others(notes: Sequence[FoundNote]) -> Iterator[tuple[FoundNote, bool]]:
    """Yield each note, and whether another one sounds with it, so that it may not be bent."""
    ends = np.maximum.accumulate([note.end for note in notes]) if notes else np.zeros(0)
    for place, note in enumerate(notes):
        before = place > 0 and ends[place - 1] > note.start
        after = place + 1 < len(notes) and notes[place + 1].start < note.end
        yield note, bool(before or after)


def _bends(note: FoundNote, *, straight: bool = False) -> Iterator[Bend]:
    """Yield the movements of the wheel for a note; one that brings it to rest where it is not to be bent."""
    if straight or not len(note.course):
        yield Bend(seconds(note.start), 0.0)
        return
    half = _SMOOTHED // 2
    around = np.lib.stride_tricks.sliding_window_view(np.pad(note.course, half, mode="edge"), _SMOOTHED)
    last = float("inf")
    for place, value in enumerate(np.median(around, axis=1).clip(-_RANGE, _RANGE).tolist()):
        if abs(value - last) >= _STEP:
            yield Bend(seconds(note.start + place), value)
            last = value
