"""Scores in place of symusic's: what an app does not touch comes back as it was."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.errors import MidiFileError, ModelRunError
from app.midi.notes import read_notes
from app.midi.reading import parse_midi
from app.midi.tempo import tempos
from app.pyharp_apps.stand_ins.midi import get_tick_time_in_seconds
from app.pyharp_apps.stand_ins.score import Score
from app.pyharp_apps.stand_ins.score_parts import Note, Track
from tests.midi.pieces import RICH, file, scale


def kinds(data: bytes) -> list[bytes]:
    """Return every event of a file but what only says where it stands, whatever track it is in."""
    midi = parse_midi(data)
    events = [event for track in midi.tracks for event in track if event.meta != 0x2F]
    # An end of a note may be written in two ways.
    return sorted({(e.tick, bytes((0x80 | e.channel, e.data[1])) if e.ends_note else e.data) for e in events})


def test_every_event_of_a_rich_file_survives() -> None:
    score = Score.from_midi(RICH)
    assert [(track.name, track.program, track.is_drum) for track in score.tracks] == [
        ("Möwe", 40, False),
        ("", 0, True),
    ]
    assert [(tempo.time, tempo.qpm) for tempo in score.tempos] == [(0, 120.0), (960, 60.0)]
    assert (score.time_signatures[0].numerator, score.time_signatures[0].denominator) == (3, 4)
    assert (score.key_signatures[0].key, score.key_signatures[0].tonality) == (-2, 1)
    written = score.dumps_midi()
    lost = set(kinds(RICH)) - set(kinds(written))
    assert {data for _, data in lost} == {b"\xff\x03Song"}, "the first track's own name"
    assert tempos(parse_midi(written)) == tempos(parse_midi(RICH))
    sounding = [(note.start, note.end, note.pitch, note.velocity, note.channel, note.program) for note in
                read_notes(parse_midi(RICH))]  # fmt: skip
    assert [(note.start, note.end, note.pitch, note.velocity, note.channel, note.program) for note in
            read_notes(parse_midi(written))] == sounding  # fmt: skip


def test_notes_are_moved_and_added(tmp_path: Path) -> None:
    (tmp_path / "in.mid").write_bytes(file(scale(), kind=0))
    score = Score(str(tmp_path / "in.mid"))
    assert (score.note_num(), score.start(), score.end(), score.tpq) == (4, 0, 1920, 480)
    higher = score.shift_pitch(12)
    higher.tracks.append(Track("Bass", program=32, notes=[Note(0, 960, 36, 100)]))
    higher.dump_midi(tmp_path / "out.mid")
    notes = read_notes(parse_midi((tmp_path / "out.mid").read_bytes()))
    assert [(note.pitch, note.program) for note in notes] == [(36, 32), (72, 0), (74, 0), (76, 0), (77, 0)]
    assert [note.pitch for note in score.tracks[0].notes] == [60, 62, 64, 65], "the copy was changed"


def test_time_by_the_tempo_map() -> None:
    score = Score.from_midi(RICH)
    assert [get_tick_time_in_seconds(tick, score) for tick in (0, 480, 960, 1440)] == [0.0, 0.5, 1.0, 2.0]


@pytest.mark.parametrize(("pitch", "time"), [(128, 0), (-1, 0), (60, -5)])
def test_what_no_file_can_hold_is_said(pitch: int, time: int) -> None:
    score = Score()
    score.tracks.append(Track(notes=[Note(time, 10, pitch)]))
    with pytest.raises(ModelRunError, match="that no MIDI file can hold"):
        score.dumps_midi()


def test_what_is_not_there_is_named() -> None:
    with pytest.raises(ModelRunError, match=r"Score\.resample is not in Harpist’s stand-in for symusic"):
        Score().resample(4)
    with pytest.raises(MidiFileError, match="counts film frames"):
        Score.from_midi(file(scale(), division=0xE728))
