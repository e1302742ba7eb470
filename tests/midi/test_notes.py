"""Notes in seconds, through every kind of tempo map; and notes written and read again."""

from __future__ import annotations

import pytest

from app.midi.file import CONTROLLER, PITCH_BEND, TRACK_NAME, MidiFile, end_of_track
from app.midi.notes import Note, read_notes
from app.midi.reading import parse_midi
from app.midi.tempo import TempoMap
from app.midi.writing import Bend, Part, make_midi, midi_bytes
from tests.midi.pieces import END, RICH, file, meta, scale, tempo


def test_notes_follow_the_tempo_map_of_another_track() -> None:
    """A quarter of 0.5 s up to the second beat, then of 1 s."""
    midi = parse_midi(file(tempo(500_000) + tempo(1_000_000, after=960) + END, scale()))
    assert [(note.start, note.end, note.pitch) for note in read_notes(midi)] == [
        (0.0, 0.5, 60),
        (0.5, 1.0, 62),
        (1.0, 2.0, 64),
        (2.0, 3.0, 65),
    ]
    tempi = TempoMap(midi)
    for seconds in (0.0, 0.25, 1.0, 1.5, 100.0):
        assert tempi.seconds(tempi.tick(seconds)) == pytest.approx(seconds)


def test_the_later_of_two_tempos_at_one_tick_holds() -> None:
    midi = parse_midi(file(tempo(100_000) + tempo(250_000) + END, scale((60,))))
    assert read_notes(midi)[0].end == 0.25


@pytest.mark.parametrize(
    ("division", "seconds"), [(0xE728, 480 / 1000), (0xE350, 480 / (80 * 30000 / 1001)), (0xE264, 480 / 3000)]
)
def test_film_frames_heed_no_tempo(division: int, seconds: float) -> None:
    midi = parse_midi(file(tempo(100_000) + END, scale((60,)), division=division))
    assert read_notes(midi)[0].end == pytest.approx(seconds)


def test_each_track_of_format_2_has_its_own_tempo_and_programs() -> None:
    first, second = tempo(1_000_000) + b"\x00\xc0\x05" + scale((60,)), scale((62,))
    notes = read_notes(parse_midi(file(first, second, kind=2)))
    assert [(note.end, note.program, note.track) for note in notes] == [(1.0, 5, 0), (0.5, 0, 1)]


def test_programs_hold_for_a_channel_in_every_track() -> None:
    changes = b"\x00\xc1\x0a\x87\x40\xc1\x0b" + END  # at 0 and at 960
    notes = read_notes(parse_midi(file(changes, scale(channel=1), scale((40,)))))
    assert [(note.pitch, note.program) for note in notes] == [(40, 0), (60, 10), (62, 10), (64, 11), (65, 11)]
    assert {note.channel for note in notes} == {0, 1}


def test_keys_struck_again_and_never_let_go() -> None:
    body = b"\x00\x90\x3c\x40\x60\x3c\x41\x60\x80\x3c\x00\x60\x3c\x00\x00\x90\x3e\x42\x60\x80\x60\x00" + END
    notes = read_notes(parse_midi(file(body, division=96)))
    assert [(note.start, note.end, note.velocity) for note in notes] == [(0, 1.0, 64), (0.5, 1.5, 65), (1.5, 2.0, 66)]


def test_the_rich_file_has_its_notes() -> None:
    notes = read_notes(parse_midi(RICH))
    assert [(note.pitch, note.channel, note.program, note.track) for note in notes] == [
        (36, 9, 0, 2),
        (60, 0, 40, 1),
        (64, 0, 40, 1),
        (38, 9, 0, 2),
    ]


@pytest.mark.parametrize("beats", [60.0, 97.3, 120.0, 200.0])
def test_notes_that_are_written_come_back(beats: float) -> None:
    lead = [Note(0.5 + place / 7, 0.6 + place / 7, 60 + place, 30 + place) for place in range(20)]
    drums = [Note(place / 3, place / 3 + 0.05, 36) for place in range(6)]
    made = make_midi([Part(lead, "Lead ♪", 80, 2), Part(drums, channel=9)], tempo=beats)
    midi = parse_midi(midi_bytes(made))
    assert midi == made and midi.format == 1 and len(midi.tracks) == 3
    read = read_notes(midi)
    assert next(event for event in midi.tracks[1] if event.meta == TRACK_NAME).data[2:].decode() == "Lead ♪"
    for note in lead:
        [found] = [other for other in read if other.channel == 2 and other.pitch == note.pitch]
        assert found.start == pytest.approx(note.start, abs=1e-3) and found.end == pytest.approx(note.end, abs=1e-3)
        assert (found.velocity, found.program) == (note.velocity, 80)
    assert sum(note.channel == 9 for note in read) == 6


def test_bends_are_written_with_their_range() -> None:
    bends = [Bend(0.0, 0.0), Bend(0.1, 12.0), Bend(0.2, -12.0), Bend(0.3, 99.0), Bend(0.4, 6.0)]
    track = make_midi([Part([Note(0, 1, 60)], bends=bends, bend_range=12)]).tracks[1]
    wheel = [event.data[1] | event.data[2] << 7 for event in track if event.kind == PITCH_BEND]
    assert wheel == [8192, 16383, 0, 16383, 12288]
    assert [tuple(event.data[1:]) for event in track if event.kind == CONTROLLER][:3] == [(101, 0), (100, 0), (6, 12)]
    assert not any(event.kind == CONTROLLER for event in make_midi([Part([Note(0, 1, 60)])]).tracks[1])


def test_a_note_of_no_length_lasts_a_tick_and_comes_before_the_next() -> None:
    midi = make_midi([Part([Note(0.0, 0.0, 60), Note(0.5, 0.5, 60)])])
    assert [note.end > note.start for note in read_notes(midi)] == [True, True]


def test_what_no_file_can_hold_is_refused() -> None:
    early = parse_midi(file(scale()))
    [track] = early.tracks
    with pytest.raises(ValueError, match="-480 is no number of ticks"):
        midi_bytes(MidiFile(1, 480, ((track[2], track[0]),)))
    long = parse_midi(midi_bytes(MidiFile(1, 32767, ((end_of_track((1 << 28) + 10),),)))).tracks[0]
    assert [event.tick for event in long] == [(1 << 28) - 1, (1 << 28) + 10]
    assert parse_midi(midi_bytes(MidiFile(1, 480, ((),)))).tracks[0][0].data == meta(0x2F, b"")[1:3]
