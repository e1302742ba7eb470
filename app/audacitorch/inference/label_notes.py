"""From spans of notes to a MIDI file."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

from app.audacitorch.inference.spans import Span
from app.midi.notes import Note, velocity_of
from app.midi.writing import Part, make_midi, write_midi

TEMPO = 120.0
"""Beats per minute of the file: a labeler knows none, and times are exact in any."""
_USUAL = 100
"""The velocity of a note of which nobody says how sure it is."""


def write_notes(spans: Iterable[Span], pitches: Mapping[int, int], path: Path) -> None:
    """Write those spans that are notes as a MIDI file; how hard each is struck tells how sure the model is of it.

    Args:
        spans: what was found, in seconds.
        pitches: the MIDI number of each class that is a note.
        path: the file to write.

    Raises:
        WorkerError: it cannot be written.
    """
    notes = [
        Note(span.start, span.end, pitches[span.kind], _velocity(span.confidence))
        for span in spans
        if span.kind in pitches
    ]
    write_midi(make_midi([Part(notes, "Notes")], tempo=TEMPO), path)


def _velocity(confidence: float | None) -> int:
    return _USUAL if confidence is None else velocity_of(confidence)
