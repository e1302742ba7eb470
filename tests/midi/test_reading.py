"""What is no MIDI file, or a broken one, has its own sentence; what has one meaning is read."""

from __future__ import annotations

import time
import tracemalloc
from pathlib import Path

import pytest

from app.errors import MidiFileError
from app.midi import reading
from app.midi.file import END_OF_TRACK, TEMPO
from app.midi.reading import LARGEST, MOST_EVENTS, parse_midi, read_midi
from app.midi.writing import midi_bytes
from tests.midi.pieces import END, RICH, chunk, file, header, meta, number, scale, tempo


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "is empty"),
        (b"ID3 no notes", "does not begin as one does, with “MThd”"),
        (b"RIFF\0\0\0\0RMIDdata", "is wrapped in RIFF"),
        (b"MThd\0\0\0\6\0\1", "cut off in its header"),
        (b"MThd\0\0\0\2\0\1\0\1\1\xe0", "has a header of 2 bytes; 6 are expected"),
        (b"MThd\xff\xff\xff\xff\0\1\0\1\1\xe0", "has a header of 4294967295 bytes"),
        (header(kind=3), "is of format 3; 0, 1 or 2"),
        (header(tracks=0), "has no track"),
        (header(tracks=65535), "has 65535 tracks; at most 1000"),
        (header(tracks=65535) + chunk(END) * 65535, "has 65535 tracks; at most 1000"),
        (header(division=0) + chunk(END), "quarter notes of 0 ticks"),
        (header(division=0xE700) + chunk(END), "counts 25 frames of 0 ticks"),
        (header(division=0xF014) + chunk(END), "counts 16 frames of 20 ticks"),
        (header(), "has 0 of the 1 tracks that its header promises"),
        (header(tracks=2) + chunk(scale()), "has 1 of the 2 tracks"),
        (header() + b"MTrk\0\0\1\0" + END, "is cut off: track 1 should have 256 bytes, and 4 are there"),
        (header() + b"MTrk\xff\xff\xff\xff" + END, "is cut off: track 1 should have 4294967295 bytes"),
        (RICH[:-9], "is cut off: track 3"),
        (file(b"\x00\x3c\x40" + END), "track 1 has a message without a kind at byte 23"),
        (file(b"\x00\x90\x3c\xc0" + END), "track 1 has a value over 127 at byte 24"),
        (file(b"\x00\x90\x3c"), "track 1 ends within an event"),
        (file(b"\x00\x90\x3c\x40\x00"), "track 1 ends within an event"),
        (file(b"\x00\x90\x3c\x40\x81"), "track 1 ends within an event"),
        (file(b"\xff\xff\xff\xff\x7f\x90\x3c\x40" + END), "has a number of more than four bytes at byte 22"),
        (file(b"\x00\xf8" + END), "has the byte F8 at byte 23, which belongs to no file"),
        (
            file(b"\x00\xf0\xff\xff\xff\x7f" + END),
            "a system exclusive message of 268435455 bytes at byte 23, and 4 are",
        ),
        (file(b"\x00\xff\x01\xff\xff\xff\x7f" + END), "text or other data of 268435455 bytes at byte 23"),
        (file(b"\x00\xff\x91\x00" + END), "a meta event of kind 145"),
        (file(tempo(0) + END), "has a tempo that is none"),
        (file(meta(0x51, b"\1") + END), "has a tempo that is none"),
        (file(b"\xff\xff\xff\x7f\x90\x3c\x40" + END), r"lasts 78 hours \(track 1\); at most 24"),
        (file(END, scale(ticks=1 << 27), division=1), "track 2"),
        (file(scale(ticks=(1 << 28) - 1), kind=2, division=0xE764), "lasts 119 hours"),
    ],
)
def test_what_is_wrong_has_its_sentence(data: bytes, reason: str) -> None:
    with pytest.raises(MidiFileError, match=reason) as caught:
        parse_midi(data)
    assert caught.value.message.startswith("The MIDI file ") and caught.value.message.endswith(".")
    assert "\n" not in caught.value.message and ". " not in caught.value.message


def test_a_file_that_is_not_there_or_too_large_is_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(MidiFileError, match="cannot be read: No such file"):
        read_midi(tmp_path / "none.mid")
    path = tmp_path / "large.mid"
    with path.open("wb") as large:
        large.truncate(LARGEST + 1)
    with pytest.raises(MidiFileError, match="is larger than 16 MiB"):
        read_midi(path)


def test_what_has_one_meaning_is_read() -> None:
    long_header = b"MThd\0\0\0\x08\0\1\0\1\1\xe0\0\0"
    body = scale()
    plain = parse_midi(file(body))
    for data in (
        long_header + chunk(body),
        header() + chunk(b"own", b"XFIH") + chunk(body),
        file(body) + b"and more",
        file(body[: -len(END)]),
        file(body + b"\x00\x90"),
    ):
        assert parse_midi(data) == plain
    assert parse_midi(file(body, body, kind=0)).format == 1
    [track] = parse_midi(file(b"\x00\x90\x3c\x40\x00\xff\x01\x01a\x00\x3e\x40" + END)).tracks
    assert [event.data for event in track] == [b"\x90\x3c\x40", b"\xff\x01a", b"\x90\x3e\x40", b"\xff\x2f"]


def test_every_event_comes_back() -> None:
    midi = parse_midi(RICH)
    assert [len(track) for track in midi.tracks] == [7, 18, 5]
    assert all(track[-1].meta == END_OF_TRACK for track in midi.tracks)
    assert [event.tick for event in midi.tracks[0] if event.meta == TEMPO] == [0, 960]
    written = midi_bytes(midi)
    assert parse_midi(written) == midi
    assert written != RICH, "running status is written out"
    assert midi_bytes(parse_midi(written)) == written


@pytest.mark.parametrize("division", [1, 480, 32767, 0xE250, 0xE328, 0xE801])
@pytest.mark.parametrize("kind", [0, 1, 2])
def test_formats_and_divisions_come_back(kind: int, division: int) -> None:
    bodies = [scale(ticks=20)] * (1 if kind == 0 else 3)
    data = file(*bodies, kind=kind, division=division)
    midi = parse_midi(data)
    assert (midi.format, midi.division, len(midi.tracks)) == (kind, division, len(bodies))
    assert parse_midi(midi_bytes(midi)) == midi


@pytest.mark.parametrize("body", [b"\x00\xd0\x01" + b"\x00\x01" * 8_000_000, b"\x00\xf0\x00" * 5_000_000])
def test_the_smallest_events_by_the_million_take_bounded_memory(body: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    """A twentieth of the most events, whose bytes each are measured: a million take less than 300 MB."""
    assert MOST_EVENTS == 1_000_000
    monkeypatch.setattr(reading, "MOST_EVENTS", 50_000)
    data = file(body)
    assert len(data) <= LARGEST
    tracemalloc.start()
    try:
        with pytest.raises(MidiFileError, match=r"more than 50,000 events"):
            parse_midi(data)
        _, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert most < 50_000 * 300


def test_many_tempos_and_tracks_take_linear_time() -> None:
    """A thousand tracks after a hundred thousand changes of tempo: each track's length asks for the whole map."""
    changes = b"".join(tempo(500_000 + place % 2, after=1) for place in range(100_000)) + END
    began = time.monotonic()
    midi = parse_midi(file(changes, *[number(200_000) + END[1:]] * 999))
    assert len(midi.tracks) == 1000 and time.monotonic() - began < 30
