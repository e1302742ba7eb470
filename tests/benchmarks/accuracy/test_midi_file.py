"""MIDI files byte for byte, as the standard has them."""

from __future__ import annotations

from benchmarks.accuracy.midi_file import Track, midi_file
from benchmarks.accuracy.truth import Note


def test_a_note_becomes_the_bytes_of_the_standard() -> None:
    written = midi_file([Track(2, 24, [Note(0.1, 0.4, 60, 90)], volume=80, pan=10, modulation=5)], 1.0)
    assert written[:14] == b"MThd\x00\x00\x00\x06\x00\x00\x00\x01\x03\xe8"
    body = (
        b"\x00\xff\x51\x03\x0f\x42\x40"  # a quarter lasts a second, 1000 ticks
        b"\x00\xc2\x18\x00\xb2\x07\x50\x00\xb2\x0a\x0a\x00\xb2\x01\x05"
        b"\x64\x92\x3c\x5a"  # after 100 ms
        b"\x82\x2c\x82\x3c\x00"  # 300 ms later: 300 = 2 * 128 + 44
        b"\x84\x58\xff\x2f\x00"  # 600 = 4 * 128 + 88
    )
    assert written[14:] == b"MTrk" + len(body).to_bytes(4, "big") + body


def test_a_key_is_let_go_before_it_is_struck_again_at_the_same_time() -> None:
    written = midi_file([Track(0, 0, [Note(0.5, 1.0, 60, 90), Note(1.0, 1.5, 60, 80)])], 2.0)
    assert written.index(b"\x80\x3c\x00") < written.index(b"\x90\x3c\x50")
