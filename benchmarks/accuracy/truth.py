"""What is known of a piece of sound, because it was made from it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

Times = NDArray[np.float64]

TOGETHER = 0.03
"""Notes that start within this many seconds of the first of them are one onset."""


@dataclass(frozen=True)
class Note:
    """A note as it is played.

    Attributes:
        start: when it begins, in seconds.
        end: when its key is let go, in seconds.
        midi: its MIDI number; of a drum, that of General MIDI's drum map.
        velocity: 1 to 127.
    """

    start: float
    end: float
    midi: int
    velocity: int


@dataclass(frozen=True)
class Chord:
    """A chord from ``start`` to ``end`` (s); ``label`` as mir_eval reads it: ``A:min7``, or ``N`` for none."""

    start: float
    end: float
    label: str


@dataclass(frozen=True)
class Truth:
    """What is known of a piece.

    Attributes:
        beats: times of the beats (s).
        downbeats: those of them that begin a bar (s).
        tempo: the median tempo, in beats a minute.
        chords: without gaps, from the first beat to the end.
        key: as mir_eval reads it: ``E minor``.
        parts: the notes of each part by its name; ``drums`` among them, where there are drums.
        tags: what makes it special: ``soft`` (no clear starts of notes), ``drums``, ``changing tempo``.
    """

    beats: Times
    downbeats: Times
    tempo: float
    chords: tuple[Chord, ...]
    key: str
    parts: Mapping[str, tuple[Note, ...]]
    tags: frozenset[str] = field(default_factory=frozenset)

    @property
    def onsets(self) -> Times:
        """When notes start (s), those together being one."""
        starts = sorted(note.start for notes in self.parts.values() for note in notes)
        found: list[float] = []
        for start in starts:
            if not found or start - found[-1] > TOGETHER:
                found.append(start)
        return np.array(found)

    @property
    def notes(self) -> tuple[Note, ...]:
        """All notes that have a pitch, by their start."""
        pitched = [note for name, notes in self.parts.items() if name != "drums" for note in notes]
        return tuple(sorted(pitched, key=lambda note: (note.start, note.midi)))


@dataclass(frozen=True)
class Piece:
    """A piece of sound and what is known of it.

    Attributes:
        name: one word or two, the same on every machine.
        wav: a stereo file of 44.1 kHz, 16 bit.
        truth: what was played.
        stems: files that sum up to ``wav`` by name, where they were asked for.
    """

    name: str
    wav: Path
    truth: Truth
    stems: Mapping[str, Path] = field(default_factory=dict)
