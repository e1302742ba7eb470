"""Labelers whose classes are notes: which note each class is, so that what they find is also a MIDI file."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from app.harp.controls import MidiTrack

NOTES_TRACK = MidiTrack("Notes", "The same notes as a MIDI file of format 1, at 120 beats per minute.")

LEAST = 12
"""Notes that a labeler knows at least, an octave: fewer may be names of something else."""

_NOTE = re.compile(r"([A-Ga-g])([#♯b♭]?)(-?[0-9])")
_STEPS = {"C": 0, "D": 2, "E": 4, "F": 5, "G": 7, "A": 9, "B": 11}
_RAISED = {"": 0, "#": 1, "♯": 1, "b": -1, "♭": -1}


def note_pitch(name: str) -> int | None:
    """Return the MIDI number of a note's name, where C4 is 60; ``None`` where it is none.

    >>> note_pitch("C4"), note_pitch("B♭3"), note_pitch("F#-1"), note_pitch("Am"), note_pitch("B#9")
    (60, 58, 6, None, None)
    """
    found = _NOTE.fullmatch(name.strip())
    if not found:
        return None
    step, raised, octave = found.groups()
    pitch = 12 * (int(octave) + 1) + _STEPS[step.upper()] + _RAISED[raised]
    return pitch if 0 <= pitch <= 127 else None


def note_pitches(labels: Sequence[str]) -> Mapping[int, int]:
    """Return the MIDI number of each class that is a note, or nothing where the labeler is about something else.

    It is about notes where its classes are neighbouring semitones, an octave or more, each once; one or two remarks,
    such as that several notes sound, may stand beside them. Chords ("C7", "D7", …) leave semitones out or come with
    others.

    Args:
        labels: the classes' names, in their order.

    >>> note_pitches(["unvoiced", *(f"{step}4" for step in "C C# D D# E F F# G G# A A# B".split())])[1]
    60
    >>> note_pitches(["A7", "B7", "C7", "D7", "Am", "Bm"])
    {}
    """
    pitches = {kind: pitch for kind, name in enumerate(labels) if (pitch := note_pitch(name)) is not None}
    known = sorted(pitches.values())
    is_scale = len(known) >= LEAST and known == list(range(known[0], known[0] + len(known)))
    return pitches if is_scale and len(labels) - len(known) <= 2 else {}
