"""Chords as musicians write them (``F#m7``), as tones, and as mir_eval reads them (``F#:min7``)."""

from __future__ import annotations

import re
from dataclasses import dataclass

PITCHES = ("C", "C#", "D", "Eb", "E", "F", "F#", "G", "Ab", "A", "Bb", "B")

_NATURALS = {"C": 0, "D": 2, "E": 4, "F": 5, "G": 7, "A": 9, "B": 11}
_QUALITIES = {
    "": ("maj", (0, 4, 7)),
    "m": ("min", (0, 3, 7)),
    "7": ("7", (0, 4, 7, 10)),
    "maj7": ("maj7", (0, 4, 7, 11)),
    "m7": ("min7", (0, 3, 7, 10)),
    "6": ("maj6", (0, 4, 7, 9)),
    "m6": ("min6", (0, 3, 7, 9)),
    "dim": ("dim", (0, 3, 6)),
    "aug": ("aug", (0, 4, 8)),
    "m7b5": ("hdim7", (0, 3, 6, 10)),
    "sus2": ("sus2", (0, 2, 7)),
    "sus4": ("sus4", (0, 5, 7)),
    "7sus4": ("sus4(b7)", (0, 5, 7, 10)),
    "9": ("9", (0, 4, 7, 10, 14)),
    "add9": ("maj(9)", (0, 4, 7, 14)),
}
_MODES = {"major": (0, 2, 4, 5, 7, 9, 11), "minor": (0, 2, 3, 5, 7, 8, 10)}


@dataclass(frozen=True)
class NamedChord:
    """A chord; ``root`` counts semitones from C, ``quality`` is what follows the root in its name.

    >>> NamedChord.read("F#m7").label
    'F#:min7'
    """

    root: int
    quality: str

    @classmethod
    def read(cls, name: str) -> NamedChord:
        """Read a name; raises ValueError where it is none."""
        found = re.fullmatch(r"([A-G][#b]?)(.*)", name)
        if found is None or found[2] not in _QUALITIES:
            raise ValueError(f"{name!r} is no chord")
        return cls(pitch_class(found[1]), found[2])

    @staticmethod
    def scale(key: str) -> frozenset[int]:
        """Return the pitch classes of a key such as ``E minor``."""
        tonic, mode = key.split()
        return frozenset((pitch_class(tonic) + step) % 12 for step in _MODES[mode])

    @property
    def label(self) -> str:
        """As mir_eval reads it."""
        return f"{PITCHES[self.root]}:{_QUALITIES[self.quality][0]}"

    @property
    def classes(self) -> frozenset[int]:
        """Its pitch classes."""
        return frozenset((self.root + step) % 12 for step in _QUALITIES[self.quality][1])

    def tones(self, low: int) -> tuple[int, ...]:
        """Return its tones, upwards from the lowest root that is not below ``low``."""
        base = low + (self.root - low) % 12
        return tuple(base + step for step in _QUALITIES[self.quality][1])


def pitch_class(name: str) -> int:
    """Return how many semitones a pitch lies above C.

    >>> pitch_class("Bb"), pitch_class("F#")
    (10, 6)
    """
    return (_NATURALS[name[0]] + name.count("#") - name.count("b", 1)) % 12
