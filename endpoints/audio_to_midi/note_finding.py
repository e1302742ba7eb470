"""Posteriors to notes, in any length of sound: it is cut into passages where it is most quiet.

What sounds across a cut stays open, and goes on in the next passage, after the notes that begin there, as it would
without a cut.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from endpoints.audio_to_midi.harmonic_cqt import BINS
from endpoints.audio_to_midi.listening import FRAME_RATE, NOTES, Heard
from endpoints.audio_to_midi.passage import BEFORE, GAP, Finding, Passage, Sounding
from endpoints.audio_to_midi.starts import REACH

LOWEST = 21
"""The MIDI number of the lowest note, A0."""

PASSAGE = round(40 * FRAME_RATE)
"""Frames from which on a passage is cut."""

_AFTER = REACH + 2
"""Frames after a cut that the last onsets before it depend on."""


@dataclass(frozen=True)
class FoundNote:
    """A note.

    Attributes:
        start, end: in frames from the sound's start.
        pitch: MIDI number.
        strength: the mean of its posterior, 0 to 1.
        course: how far its pitch is from the note in each of its frames, in semitones.
    """

    start: float
    end: float
    pitch: int
    strength: float
    course: NDArray[np.float32]


class NoteFinder:
    """Finds the notes of one sound.

    Args:
        finding: how.
        passage: frames from which on a passage is cut.
    """

    def __init__(self, finding: Finding, passage: int = PASSAGE) -> None:
        self._finding, self._longest = finding, passage
        self._at = -BEFORE
        self._heard = Heard(*(np.zeros((BEFORE, bins), np.float32) for bins in (NOTES, NOTES, BINS)))
        self._sounding: list[Sounding] = []

    def push(self, heard: Heard) -> Iterator[FoundNote]:
        """Take in what is heard next; yield notes that have ended."""
        self._heard = Heard(*(np.concatenate(pair) for pair in zip(self._heard, heard)))
        while len(self._heard.notes) >= BEFORE + self._longest + _AFTER:
            sounds = np.where(self._heard.notes >= self._finding.frame, self._heard.notes, 0).sum(1)
            earliest = BEFORE + self._longest // 2
            yield from self._passage(earliest + int(sounds[earliest:-_AFTER].argmin()))

    def finish(self) -> Iterator[FoundNote]:
        """Yield the notes that are left when the sound has ended."""
        yield from self._passage(len(self._heard.notes), last=True)

    def _passage(self, end: int, *, last: bool = False) -> Iterator[FoundNote]:
        """Find the notes up to a frame of what is held, and drop what is before it."""
        found = Passage(self._finding, self._heard, end, self._at).found(self._sounding)
        self._sounding = []
        for note in found:
            if note.misses < GAP and not last:
                self._sounding.append(note)
            elif (ended := self._ended(note)) is not None:
                yield ended
        self._heard = Heard(*(part[end - BEFORE :] for part in self._heard))
        self._at += end - BEFORE

    def _ended(self, note: Sounding) -> FoundNote | None:
        strengths = np.concatenate(note.strengths)
        length = len(strengths) - note.misses
        if length <= self._finding.shortest * FRAME_RATE:
            return None
        course = np.concatenate(note.courses)[:length]
        end = note.frame + length
        return FoundNote(note.start, end, LOWEST + note.key, float(strengths[:length].mean()), course)
