"""``python -m endpoints.midi_tools.example``: writes ``example.mid``, the start of a minuet to try the tools with.

Minuet in G (Christian Petzold, about 1720), bars 1 to 8: the melody and the bass of the print, each a track.
"""

from __future__ import annotations

from pathlib import Path

from app.midi.file import TIME_SIGNATURE, TRACK_NAME, MidiFile, meta_event
from app.midi.notes import Note
from app.midi.writing import Part, make_midi, write_midi

FILE = Path(__file__).with_name("example.mid")

_BEAT = 60 / 116
"""Seconds of a quarter note."""

# Pitch and length in eighths, bar by bar.
_MELODY = (
    *((74, 2), (67, 1), (69, 1), (71, 1), (72, 1)),
    *((74, 2), (67, 2), (67, 2)),
    *((76, 2), (72, 1), (74, 1), (76, 1), (78, 1)),
    *((79, 2), (67, 2), (67, 2)),
    *((72, 2), (74, 1), (72, 1), (71, 1), (69, 1)),
    *((71, 2), (72, 1), (71, 1), (69, 1), (67, 1)),
    *((66, 2), (67, 1), (69, 1), (71, 1), (67, 1)),
    (69, 6),
)
_BASS = (
    *((55, 4), (57, 2)),
    (59, 6),
    (60, 6),
    (59, 6),
    (57, 6),
    (55, 6),
    *((62, 2), (59, 2), (55, 2)),
    *((62, 2), (50, 1), (60, 1), (59, 1), (57, 1)),
)


def _played(line: tuple[tuple[int, int], ...], velocity: int) -> list[Note]:
    notes, now = [], 0.0
    for pitch, eighths in line:
        length = eighths * _BEAT / 2
        strong = 12 if round(now / _BEAT, 3) % 3 == 0 else 0
        notes.append(Note(now, now + 0.9 * length, pitch, velocity + strong))
        now += length
    return notes


def example() -> MidiFile:
    """Return the piece."""
    parts = [Part(_played(_MELODY, 76), "Melody", 0, 0), Part(_played(_BASS, 62), "Bass", 0, 1)]
    made = make_midi(parts, tempo=60 / _BEAT)
    head = (meta_event(0, TRACK_NAME, b"Minuet in G"), meta_event(0, TIME_SIGNATURE, bytes((3, 2, 24, 8))))
    return MidiFile(made.format, made.division, ((*head, *made.tracks[0]), *made.tracks[1:]))


if __name__ == "__main__":
    write_midi(example(), FILE)
