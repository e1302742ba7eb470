"""Files edited as the endpoint does it, by the names of its controls."""

from __future__ import annotations

from app.midi.file import MidiFile
from app.midi.notes import Note, read_notes
from app.midi.reading import parse_midi
from app.midi.writing import midi_bytes
from endpoints.midi_tools.choices import CONTROLS, chosen
from endpoints.midi_tools.editing import Edited, edit


def edited(data: bytes, seed: int = 1, **values: object) -> Edited:
    """Edit a file; every control that is not named is at its default."""
    controls = {control.name: control.value for control in CONTROLS}
    assert set(values) <= set(controls)
    made = edit(parse_midi(data), chosen({**controls, **values}), seed, lambda share: None)
    assert parse_midi(midi_bytes(made.midi)) == made.midi, "it is a file that can be read"
    return made


def notes(data: bytes, **values: object) -> list[Note]:
    return read_notes(edited(data, **values).midi)


def others(midi: MidiFile) -> list[list[object]]:
    """Return every event but notes and ends, track by track: a track ends later where its last note does."""
    return [[e for e in track[:-1] if not (e.starts_note or e.ends_note)] for track in midi.tracks]
