"""MIDI files for tests, written byte by byte, so that nothing of ours makes what ours must read."""

from __future__ import annotations

import struct
from collections.abc import Sequence


def number(value: int) -> bytes:
    """Return a number as the format writes times and lengths."""
    assert value >= 0
    groups = [value & 0x7F]
    while value := value >> 7:
        groups.append(value & 0x7F | 0x80)
    return bytes(groups[::-1])


def header(kind: int = 1, tracks: int = 1, division: int = 480) -> bytes:
    return b"MThd" + struct.pack(">IHHH", 6, kind, tracks, division)


def chunk(body: bytes, name: bytes = b"MTrk") -> bytes:
    return name + struct.pack(">I", len(body)) + body


END = b"\x00\xff\x2f\x00"


def meta(kind: int, content: bytes, after: int = 0) -> bytes:
    return number(after) + bytes((0xFF, kind)) + number(len(content)) + content


def tempo(microseconds: int, after: int = 0) -> bytes:
    return meta(0x51, microseconds.to_bytes(3, "big"), after)


def file(*bodies: bytes, kind: int = 1, division: int = 480) -> bytes:
    return header(kind, len(bodies), division) + b"".join(map(chunk, bodies))


def scale(pitches: Sequence[int] = (60, 62, 64, 65), ticks: int = 480, channel: int = 0) -> bytes:
    """Return a track: one note after the other, each of so many ticks, with running status."""
    body = bytes((0, 0x90 | channel))
    for place, pitch in enumerate(pitches):
        body += (b"\x00" if place else b"") + bytes((pitch, 80)) + number(ticks) + bytes((pitch, 0))
    return body + END


# Everything that a file may hold: names, a tempo that changes, programs, pedal, bend, pressure, exclusive messages,
# lyrics, markers, a signature of key and time, a port, and data of a program's own.
RICH = file(
    meta(0x03, b"Song")
    + meta(0x58, bytes((3, 2, 24, 8)))
    + meta(0x59, bytes((0xFE, 1)))
    + tempo(500_000)
    + tempo(1_000_000, after=960)
    + meta(0x06, "Strophe Ä".encode("latin-1"), after=480)
    + END,
    meta(0x03, "Möwe".encode())
    + meta(0x21, b"\x01")
    + b"\x00\xc0\x28\x00\xb0\x40\x7f\x00\x07\x64\x00\xe0\x00\x50\x00\xd0\x33\x00\xa0\x3c\x10"
    + b"\x00\xf0\x05\x7e\x7f\x09\x01\xf7"
    + b"\x00\x90\x3c\x50\x83\x60\x3c\x00\x00\x40\x46"
    + meta(0x05, b"la", after=240)
    + b"\x81\x70\x80\x40\x20\x00\xb0\x40\x00"
    + meta(0x7F, b"\x00\x00\x41own")
    + b"\x00\xf7\x02\xf3\x01"
    + END,
    b"\x00\x99\x24\x64\x78\x24\x00\x83\x48\x26\x70\x78\x26\x00" + END,
)
