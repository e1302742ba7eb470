"""The notes of one passage.

Bittner et al., ICASSP 2022, section 2.3: a note begins at a peak of the onset posteriors, goes on while its note
posterior stays above a threshold, and takes that posterior and its neighbours' away; the last notes go first. Of what
is left, the strongest moments become notes without an onset.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from endpoints.audio_to_midi.bending import course
from endpoints.audio_to_midi.listening import NOTES, Heard, Probabilities
from endpoints.audio_to_midi.starts import REACH, starts

GAP = 11
"""Frames (0.13 s) below the threshold that end a note; a shorter gap is bridged."""

_RISES = (1, 2)
"""Frames over which a note posterior must have risen for an onset of its own."""

BEFORE = REACH + 1 + max(_RISES)
"""Frames before a passage that its first onsets depend on."""


@dataclass(frozen=True)
class Finding:
    """How notes are found.

    Attributes:
        onset: the least probability of an onset, 0 to 1.
        frame: the least probability that a note goes on, 0 to 1.
        shortest: seconds that a note lasts at least.
        lowest, highest: keys from 0 (A0) to 87 (C8); what is beyond is no note.
        inferred: whether a note posterior that rises suddenly counts as an onset.
        unstarted: whether notes without an onset are found ("melodia").
    """

    onset: float = 0.5
    frame: float = 0.3
    shortest: float = 0.1277
    lowest: int = 0
    highest: int = NOTES - 1
    inferred: bool = True
    unstarted: bool = True


@dataclass
class Sounding:
    """A note up to where it is known.

    Attributes:
        start: when it began, in frames; may lie between two.
        frame: its first frame.
        key: from 0 (A0).
        misses: how many of its last frames were below the threshold.
        strengths: its posteriors, piece by piece.
        courses: how its pitch moved, piece by piece, in semitones.
    """

    start: float
    frame: int
    key: int
    misses: int = 0
    strengths: list[Probabilities] = field(default_factory=list)
    courses: list[NDArray[np.float32]] = field(default_factory=list)


class Passage:
    """A stretch of what was heard.

    Args:
        finding: how notes are found.
        heard: what was heard, from :data:`BEFORE` frames before the passage to some after it, if there are any.
        end: the place in ``heard`` where the passage ends.
        at: the frame of the sound at which ``heard`` begins.
    """

    def __init__(self, finding: Finding, heard: Heard, end: int, at: int) -> None:
        self._finding = finding
        self._first = at + BEFORE
        self._notes, self._contours = heard.notes[BEFORE:end], heard.contours[BEFORE:end]
        onsets = _onsets(finding, heard)
        self._starts = starts(onsets, heard.notes, finding.onset, finding.frame)[BEFORE:end]
        self._onsets = np.pad(onsets, ((0, 1), (0, 0)))[BEFORE - 1 : end + 1]
        # What no note has taken yet; a column more on either side spares looking for the edge.
        self._left = np.pad(self._notes, ((0, 0), (1, 1)))
        self._left[:, : finding.lowest + 1] = 0
        self._left[:, finding.highest + 2 :] = 0

    def found(self, going: Sequence[Sounding]) -> list[Sounding]:
        """Return the notes of the passage, and those that ``going`` on from the one before."""
        notes = [self._followed(note, note.frame - self._first) for note in self._begun()]
        notes += [self._followed(note, 0) for note in sorted(going, key=lambda one: -one.start)]
        if self._finding.unstarted:
            notes += self._unstarted()
        return notes

    def _begun(self) -> Iterator[Sounding]:
        """Yield the notes that begin at onsets, the last first."""
        before, here, after = self._onsets[:-2], self._onsets[1:-1], self._onsets[2:]
        self._starts[:, : self._finding.lowest] = False
        self._starts[:, self._finding.highest + 1 :] = False
        frames, keys = np.nonzero(self._starts)
        for frame, key in zip(frames[::-1].tolist(), keys[::-1].tolist()):
            left, top, right = (float(part[frame, key]) for part in (before, here, after))
            curve = left - 2 * top + right
            between = min(max(0.5 * (left - right) / curve, -0.5), 0.5) if curve < 0 else 0.0
            yield Sounding(self._first + frame + between, self._first + frame, key)

    def _followed(self, note: Sounding, frame: int) -> Sounding:
        """Follow a note from a frame of the passage on, and take what is its own."""
        misses, stop = note.misses, frame
        for share in self._left[frame:, note.key + 1].tolist():
            if misses >= GAP:
                break
            misses = misses + 1 if share < self._finding.frame else 0
            stop += 1
        note.misses = misses
        self._take(note, frame, stop)
        return note

    def _take(self, note: Sounding, frame: int, stop: int) -> None:
        note.strengths.append(self._notes[frame:stop, note.key].copy())
        note.courses.append(course(self._contours[frame:stop], note.key))
        self._left[frame : stop - note.misses, note.key : note.key + 3] = 0

    def _unstarted(self) -> Iterator[Sounding]:
        """Yield the notes that are left, around their strongest moments, the strongest first."""
        frames, columns = np.nonzero(self._left >= self._finding.frame)
        order = np.argsort(-self._left[frames, columns], kind="stable")
        for frame, column in zip(frames[order].tolist(), columns[order].tolist()):
            if self._left[frame, column] >= self._finding.frame:
                begin = self._back(frame, column)
                yield self._followed(Sounding(self._first + begin, self._first + begin, column - 1), begin)

    def _back(self, frame: int, column: int) -> int:
        """Return the first frame of the note that sounds in a frame."""
        misses, begin = 0, frame
        for place in range(frame - 1, -1, -1):
            misses = misses + 1 if self._left[place, column] < self._finding.frame else 0
            if misses >= GAP:
                break
            if not misses:
                begin = place
        return begin


def _onsets(finding: Finding, heard: Heard) -> NDArray[np.floating[Any]]:
    """Return how probable an onset is, ``(frames, 88)``."""
    if not finding.inferred:
        return heard.onsets
    rises = [heard.notes[:-frames] for frames in _RISES]
    rise = np.min([np.pad(heard.notes[frames:] - was, ((frames, 0), (0, 0))) for frames, was in zip(_RISES, rises)], 0)
    onsets: NDArray[np.floating[Any]] = np.maximum(heard.onsets, rise)
    return onsets
