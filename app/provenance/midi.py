"""MIDI: a text event (RP-001, “Text Event”) before all others of the first track."""

from __future__ import annotations

import struct
from pathlib import Path
from typing import BinaryIO

from app.audio.parts import Part, Span
from app.provenance.rebuilding import rebuild, size_of
from app.provenance.record import FIELD, MOST, Provenance

_TEXT = b"\0\xff\x01"
"""At the start of the track, a text."""
_MARK = f"{FIELD}=".encode()


def read_midi_text(file: BinaryIO) -> str | None:
    """Return the text of a file; ``None`` where it has none."""
    found = _first_track(file)
    return None if found is None else _text(file, *found)[0]


def write_midi_text(path: Path, made: Provenance) -> bool:
    """Write where a file came from into it; whether it could be."""
    with path.open("rb") as file:
        found, end = _first_track(file), size_of(file)
        if found is None:
            return False
        start, size = found
        taken = _text(file, start, size)[1]
    content = _MARK + made.text().encode("ascii")
    event = _TEXT + _number(len(content)) + content
    size += len(event) - taken
    if size > 0xFFFFFFFF:
        return False
    parts: list[Part] = [Span(0, start - 4), struct.pack(">I", size), event, Span(start + taken, end - start - taken)]
    rebuild(path, parts)
    return True


def _first_track(file: BinaryIO) -> tuple[int, int] | None:
    """Return where the content of the first track begins, and its size."""
    file.seek(0)
    head = file.read(8)
    if len(head) < 8 or head[:4] != b"MThd":
        return None
    at = 8 + int(struct.unpack(">I", head[4:])[0])
    file.seek(at)
    head = file.read(8)
    size = int(struct.unpack(">I", head[4:])[0]) if len(head) == 8 else 0
    return (at + 8, size) if head[:4] == b"MTrk" and at + 8 + size <= size_of(file) else None


def _text(file: BinaryIO, start: int, size: int) -> tuple[str | None, int]:
    """Return our text at the start of a track, and how many bytes its event takes."""
    file.seek(start)
    data = file.read(min(size, len(_TEXT) + 4 + len(_MARK) + MOST))
    if not data.startswith(_TEXT):
        return None, 0
    length, at = 0, len(_TEXT)
    for byte in data[at : at + 4]:
        length, at = length << 7 | byte & 0x7F, at + 1
        if byte < 0x80:
            break
    content = data[at : at + length]
    if len(content) != length or not content.startswith(_MARK):
        return None, 0
    return content[len(_MARK) :].decode("ascii", "replace"), at + length


def _number(value: int) -> bytes:
    """Return a number in groups of seven bits, the highest first."""
    groups = [value & 0x7F]
    while value := value >> 7:
        groups.append(value & 0x7F | 0x80)
    return bytes(groups[::-1])
