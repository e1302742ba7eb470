"""A standard MIDI file, written byte by byte: one tick is a millisecond."""

from __future__ import annotations

import struct
from collections.abc import Sequence
from dataclasses import dataclass

from benchmarks.accuracy.truth import Note

DRUMS = 9
"""The channel of General MIDI's drums, counted from 0."""

_MODULATION, _VOLUME, _PAN = 1, 7, 10


@dataclass(frozen=True)
class Track:
    """The notes of one channel.

    Attributes:
        channel: 0 to 15.
        program: General MIDI's instrument, counted from 0.
        notes: what it plays.
        volume: 0 to 127.
        pan: 0 (left) to 127 (right).
        modulation: 0 to 127: how much vibrato.
    """

    channel: int
    program: int
    notes: Sequence[Note]
    volume: int = 100
    pan: int = 64
    modulation: int = 0


def midi_file(tracks: Sequence[Track], seconds: float) -> bytes:
    """Return the file's content; it lasts until ``seconds``, so that the last notes can ring."""
    events: list[tuple[int, int, bytes]] = []
    for track in tracks:
        controls = ((_VOLUME, track.volume), (_PAN, track.pan), (_MODULATION, track.modulation))
        events.append((0, 0, bytes((0xC0 | track.channel, track.program))))
        events += [(0, 0, bytes((0xB0 | track.channel, control, value))) for control, value in controls]
        for note in track.notes:
            start, end = round(1000 * note.start), round(1000 * note.end)
            events.append((start, 2, bytes((0x90 | track.channel, note.midi, note.velocity))))
            events.append((max(end, start + 1), 1, bytes((0x80 | track.channel, note.midi, 0))))
    events.sort(key=lambda event: event[:2])  # where both fall together, a key is let go before it is struck again
    body, now = bytearray(b"\x00\xff\x51\x03" + (1_000_000).to_bytes(3, "big")), 0
    for time, _, message in events:
        body += _variable(time - now) + message
        now = time
    body += _variable(max(0, round(1000 * seconds) - now)) + b"\xff\x2f\x00"
    return b"MThd" + struct.pack(">IHHH", 6, 0, 1, 1000) + b"MTrk" + struct.pack(">I", len(body)) + bytes(body)


def _variable(number: int) -> bytes:
    """Return a number in groups of seven bits, the highest first, as the format writes times."""
    groups = [number & 0x7F]
    while number := number >> 7:
        groups.append(number & 0x7F | 0x80)
    return bytes(groups[::-1])
