"""Found notes as parts of a MIDI file."""

from __future__ import annotations

import numpy as np
import pytest

from app.midi.file import PITCH_BEND
from app.midi.notes import read_notes
from app.midi.writing import make_midi
from endpoints.audio_to_midi.choices import ALL, ALONE, NO_BENDS
from endpoints.audio_to_midi.note_finding import FoundNote
from endpoints.audio_to_midi.playing import parts, seconds


def note(start: float, end: float, pitch: int, bend: float = 0.0) -> FoundNote:
    return FoundNote(start, end, pitch, 0.5, np.full(round(end - start), bend, np.float32))


def wheel(bends: str, *notes: FoundNote) -> list[tuple[int, float]]:
    """Channel and semitones of each movement, in the order of the tracks."""
    midi = make_midi(parts(notes, bends))
    return [
        (event.channel, round(((event.data[2] << 7 | event.data[1]) - 8192) / 8192 * 2, 2))
        for track in midi.tracks
        for event in track
        if event.kind == PITCH_BEND
    ]


CHORD = (note(100, 200, 60, 0.5), note(150, 250, 64, -0.25), note(300, 400, 67, 1.0))


def test_notes_stand_in_seconds_with_their_strength() -> None:
    notes = read_notes(make_midi(parts(CHORD, NO_BENDS), tempo=97.3))
    assert [(one.pitch, one.velocity, one.channel) for one in notes] == [(60, 64, 0), (64, 64, 0), (67, 64, 0)]
    assert [one.start for one in notes] == pytest.approx([seconds(one.start) for one in CHORD], abs=1e-3)
    assert [one.end for one in notes] == pytest.approx([seconds(one.end) for one in CHORD], abs=1e-3)
    assert seconds(0.0) == 0.0


def test_the_wheel_moves_only_where_it_may() -> None:
    assert wheel(NO_BENDS, *CHORD) == []
    assert wheel(ALONE, *CHORD) == [(0, 0.0), (0, 0.0), (0, 1.0)]
    assert wheel(ALL, *CHORD) == [(0, 0.5), (0, 1.0), (1, -0.25)]


def test_a_glide_moves_the_wheel_step_by_step() -> None:
    glide = FoundNote(10, 70, 60, 0.5, np.linspace(0, 3, 60, dtype=np.float32))
    moved = [bend for _, bend in wheel(ALONE, glide)]
    assert moved == sorted(moved) and len(moved) > 30
    assert moved[0] < 0.1 and 1.95 < moved[-1] <= 2.0, "two semitones are the wheel's end"


def test_more_notes_than_channels_share_them() -> None:
    chord = [note(10 + place, 200 + place, 40 + place, 0.1) for place in range(20)]
    notes = read_notes(make_midi(parts(chord, ALL)))
    assert sorted(one.pitch for one in notes) == [40 + place for place in range(20)]
    assert {one.channel for one in notes} == set(range(16)) - {9}


@pytest.mark.parametrize("bends", [NO_BENDS, ALONE, ALL])
def test_no_notes_are_a_file_too(bends: str) -> None:
    assert read_notes(make_midi(parts((), bends))) == []
