"""AU (Sun): the annotation between its header and its sound."""

from __future__ import annotations

import struct
from pathlib import Path
from typing import BinaryIO

from app.audio.parts import Span
from app.provenance.chunked import MOST_BYTES
from app.provenance.rebuilding import rebuild, size_of
from app.provenance.record import FIELD, Provenance

_HEAD = 24
_MARK = f"{FIELD}=".encode()


def read_au(file: BinaryIO) -> str | None:
    """Return the text of a file; ``None`` where it has none."""
    for line in _annotation(file).rstrip(b"\0").split(b"\n"):
        if line.startswith(_MARK):
            return line[len(_MARK) :].decode("ascii", "replace")
    return None


def write_au(path: Path, made: Provenance) -> bool:
    """Write where a file came from into it; whether it could be."""
    with path.open("rb") as file:
        old, end = _annotation(file), size_of(file)
        file.seek(0)
        head = file.read(_HEAD)
    if len(head) < _HEAD or head[:4] != b".snd":
        return False
    sound = struct.unpack_from(">I", head, 4)[0]
    if sound < _HEAD or sound > end or sound - _HEAD != len(old):
        return False
    kept = [line for line in old.rstrip(b"\0").split(b"\n") if line and not line.startswith(_MARK)]
    text = b"\n".join([*kept, _MARK + made.text().encode("ascii")]) + b"\0"
    text += bytes(-len(text) % 8)
    rebuild(path, [head[:4] + struct.pack(">I", _HEAD + len(text)) + head[8:] + text, Span(sound, end - sound)])
    return True


def _annotation(file: BinaryIO) -> bytes:
    file.seek(4)
    head = file.read(4)
    size = int(struct.unpack(">I", head)[0]) - _HEAD if len(head) == 4 else 0
    file.seek(_HEAD)
    return file.read(size) if 0 < size <= MOST_BYTES else b""
