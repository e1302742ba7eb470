"""MIDI to sound to MIDI: what MIDI Synth plays, Audio to MIDI writes down."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from app.midi.notes import Note, read_notes
from app.midi.reading import read_midi
from app.midi.writing import Part, make_midi, write_midi
from benchmarks.accuracy.endpoints_in_python import opened
from benchmarks.accuracy.written import four_parts, melody, notes_of


def way_and_back(parts: list[Part], folder: Path) -> list[Note]:
    path = folder / "in.mid"
    write_midi(make_midi(parts, tempo=97.0), path)
    [sound] = opened("endpoints.midi_synth.rendering:MidiSynth")(path, folder)
    midi, labels = opened("endpoints.audio_to_midi.transcription:AudioToMidi")(sound.path, folder)
    found = read_notes(read_midi(midi.path))
    assert len(labels.labels) == len(found)
    return found


def f_measure(true: Sequence[Note], found: Sequence[Note]) -> tuple[float, list[float]]:
    """Return the F of notes whose pitch is right and whose start is within 50 ms, and how late those are (s)."""
    late, left = [], list(found)
    for note in true:
        near = [one for one in left if one.pitch == note.pitch and abs(one.start - note.start) < 0.05]
        if near:
            best = min(near, key=lambda one: abs(one.start - note.start))
            left.remove(best)
            late.append(best.start - note.start)
    return 2 * len(late) / (len(true) + len(found)), late


@pytest.mark.parametrize(
    "program", [0, 73, *(pytest.param(program, marks=pytest.mark.slow) for program in (11, 46, 65, 81))]
)
def test_a_melody_comes_back(program: int, tmp_path: Path) -> None:
    parts = melody(program, program, notes=24)
    f, late = f_measure(notes_of(parts), way_and_back(parts, tmp_path))
    assert f >= 0.9
    assert float(np.percentile(np.abs(late), 95)) < 0.02


@pytest.mark.parametrize("programs", [(0, 0, 0, 0), pytest.param((70, 71, 68, 73), marks=pytest.mark.slow)])
def test_four_parts_come_back(programs: tuple[int, int, int, int], tmp_path: Path) -> None:
    parts = four_parts(3, programs, chords=12)
    f, late = f_measure(notes_of(parts), way_and_back(parts, tmp_path))
    assert f >= 0.75
    assert float(np.percentile(np.abs(late), 95)) < 0.02
