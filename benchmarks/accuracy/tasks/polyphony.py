"""Notes of whole pieces, several at once, and of what our own synthesizer plays, against those that were written."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from app.midi.writing import Part, make_midi, write_midi
from benchmarks.accuracy.comparing import OURS, Case, Method, Report, compare
from benchmarks.accuracy.endpoints_in_python import opened, transcriber
from benchmarks.accuracy.peers import basic_pitch
from benchmarks.accuracy.tasks.notes import score_notes
from benchmarks.accuracy.tasks.setting import Setting, cases
from benchmarks.accuracy.truth import Note, Truth
from benchmarks.accuracy.written import four_parts, melody, notes_of

_WORST = "onset + pitch, 50 ms"
_PLAYED = {"piano": 0, "guitar": 24, "violin": 40, "sax": 65, "clarinet": 71, "flute": 73, "lead": 81}
_FOUR = {
    "piano": (0, 0, 0, 0),
    "strings": (42, 42, 40, 40),
    "guitars": (24, 24, 24, 24),
    "choir": (52, 52, 52, 52),
    "winds": (70, 71, 68, 73),
}


def polyphonic_notes(setting: Setting) -> Report:
    """Compare what turns music into notes, on melodies and on pieces, drums and all."""
    methods = setting.methods(Method(OURS, "", transcriber), (basic_pitch.NOTES,))
    report = compare("Audio to MIDI, melodies", cases(setting.melodies()), methods, score_notes, _WORST)
    report.add(compare("Audio to MIDI, pieces", cases(setting.pieces()), methods, score_notes, _WORST))
    return report


def round_trip(setting: Setting) -> Report:
    """Compare what is found in what MIDI Synth plays."""
    methods = setting.methods(Method(OURS, "", transcriber), (basic_pitch.NOTES,))
    count = 1 if setting.quick else None
    melodies = [(name, melody(program, program)) for name, program in list(_PLAYED.items())[:count]]
    fours = [(name, four_parts(3, programs)) for name, programs in list(_FOUR.items())[:count]]
    folder = setting.home / "played"
    folder.mkdir(parents=True, exist_ok=True)
    report = compare("Round trip, melodies", list(_cases(folder, "one", melodies)), methods, score_notes, _WORST)
    report.add(compare("Round trip, four parts", list(_cases(folder, "four", fours)), methods, score_notes, _WORST))
    return report


def _cases(folder: Path, kind: str, pieces: list[tuple[str, list[Part]]]) -> Iterator[Case]:
    play = opened("endpoints.midi_synth.rendering:MidiSynth")
    for name, parts in pieces:
        midi = folder / f"{kind}-{name}.mid"
        write_midi(make_midi(parts), midi)
        for old in folder.glob(f"{midi.stem}-played*"):
            old.unlink()
        notes = tuple(Note(note.start, note.end, note.pitch, note.velocity) for note in notes_of(parts))
        yield Case(name, play(midi, folder)[0].path, _truth(notes))


def _truth(notes: tuple[Note, ...]) -> Truth:
    import numpy as np

    return Truth(np.zeros(0), np.zeros(0), 120.0, (), "C major", {"all": notes})
