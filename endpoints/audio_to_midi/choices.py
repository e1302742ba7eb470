"""What its user chooses for sound that becomes notes, and what was chosen."""

from __future__ import annotations

from dataclasses import dataclass

from app.endpoint import Controls
from app.harp.controls import Control, Dropdown, NumberBox, Slider, Toggle

_CLASSES = ("C", "C#", "D", "D#", "E", "F", "F#", "G", "G#", "A", "A#", "B")
LOWEST, HIGHEST = 21, 108
"""MIDI numbers of the notes that the network knows, A0 to C8."""

NOTES = tuple(f"{_CLASSES[midi % 12]}{midi // 12 - 1}" for midi in range(LOWEST, HIGHEST + 1))

NO_BENDS, ALONE, ALL = "Off", "Where one note sounds", "For every note"

SEVERAL, ONE = "Several notes at once", "One voice"

CONTROLS: tuple[Control, ...] = (
    Dropdown(
        "method",
        "Method",
        f"“{SEVERAL}” is for chords and everything else. “{ONE}” follows a melody, as Pitch to Notes does: for singing "
        "and for instruments that play one note at a time; of the settings below it heeds shortest note, range and "
        "tempo.",
        (SEVERAL, ONE),
        SEVERAL,
    ),
    Slider(
        "onset",
        "Note starts",
        "In percent: how sure the network must be that a note starts. Less finds more notes, also wrong ones and "
        "repeated ones; more finds only clear starts.",
        "percent",
        5,
        95,
        1,
        60,
    ),
    Slider(
        "frame",
        "Notes held",
        "In percent: how sure the network must be that a note still sounds. Less makes notes longer and finds more of "
        "them; more makes them shorter.",
        "percent",
        5,
        95,
        1,
        35,
    ),
    Slider(
        "shortest",
        "Shortest note",
        "In milliseconds: what is shorter is dropped. Fast music needs a small value; a large one removes ghosts.",
        "milliseconds",
        20,
        1000,
        1,
        80,
    ),
    Dropdown(
        "lowest",
        "Range: lowest note",
        "What sounds lower is no note. Set it to the lowest note of your instrument.",
        NOTES,
        NOTES[0],
    ),
    Dropdown(
        "highest",
        "Range: highest note",
        "What sounds higher is no note. Set it to the highest note of your instrument.",
        NOTES,
        NOTES[-1],
    ),
    Toggle(
        "unstarted",
        "Soft starts",
        "Also finds notes without a clear start, from their strongest moment on (the “melodia trick”): for bowed "
        "strings, voices and winds. Off gives fewer ghosts with piano and guitar.",
        True,
    ),
    Toggle(
        "inferred",
        "Sudden rises are starts",
        "A note that suddenly gets louder starts anew, also where the network hears no start.",
        True,
    ),
    Dropdown(
        "bends",
        "Pitch bends",
        f"Glides and vibrato as movements of the pitch wheel, 2 semitones at most. “{ALONE}” bends notes that no other "
        f"one overlaps; “{ALL}” spreads overlapping notes over up to 15 MIDI channels.",
        (NO_BENDS, ALONE, ALL),
        NO_BENDS,
    ),
    NumberBox(
        "tempo",
        "Tempo",
        "In beats per minute: where the MIDI file's bars lie. It moves no note: set it to the tempo of your session.",
        "beats per minute",
        20,
        400,
        0.01,
        120,
    ),
)


@dataclass(frozen=True)
class Choices:
    """What was chosen.

    Attributes:
        one_voice: whether one note sounds at a time.
        onset, frame: least probabilities that a note begins, and that it goes on, 0 to 1.
        shortest: seconds.
        lowest, highest: MIDI numbers, in this order.
        unstarted: whether notes without an onset are found.
        inferred: whether sudden rises are onsets.
        bends: one of :data:`NO_BENDS`, :data:`ALONE`, :data:`ALL`.
        tempo: beats per minute.
    """

    one_voice: bool
    onset: float
    frame: float
    shortest: float
    lowest: int
    highest: int
    unstarted: bool
    inferred: bool
    bends: str
    tempo: float


def chosen(controls: Controls) -> Choices:
    """Read the values of :data:`CONTROLS`; which of the two notes is the lowest does not matter."""

    def number(name: str) -> float:
        return float(controls[name])  # type: ignore[arg-type]

    ends = sorted(NOTES.index(str(controls[name])) + LOWEST for name in ("lowest", "highest"))
    return Choices(
        one_voice=controls["method"] == ONE,
        onset=number("onset") / 100,
        frame=number("frame") / 100,
        shortest=number("shortest") / 1000,
        lowest=ends[0],
        highest=ends[1],
        unstarted=bool(controls["unstarted"]),
        inferred=bool(controls["inferred"]),
        bends=str(controls["bends"]),
        tempo=number("tempo"),
    )
