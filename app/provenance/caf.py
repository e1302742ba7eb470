"""CAF (Apple, “Core Audio Format Specification”): an “info” chunk behind all others, with names and texts."""

from __future__ import annotations

import struct
from pathlib import Path
from typing import BinaryIO

from app.audio.headers import chunks_64
from app.provenance.chunked import MOST_BYTES, Chunk
from app.provenance.rebuilding import size_of
from app.provenance.record import FIELD, Provenance

_FIRST = 8
"""Where the first chunk stands."""


def read_caf(file: BinaryIO) -> str | None:
    """Return the text of a file; ``None`` where it has none."""
    found: bytes | None = None
    for chunk in _infos(_there(file)):
        found = dict(_texts(chunk.content(file))).get(FIELD.encode(), found)
    return None if found is None else found.decode("ascii", "replace")


def write_caf(path: Path, made: Provenance) -> bool:
    """Write where a file came from into it; whether it could be. An older “info” is merged and taken out."""
    with path.open("r+b") as file:
        found = _whole(file)
        if found is None:
            return False
        old = _infos(found)[:1]
        texts = dict(_texts(old[0].content(file))) if old else {}
        texts |= {FIELD.encode(): made.text().encode("ascii")}
        texts.setdefault(b"encoding application", f"Harpist {made.harpist}".encode("ascii"))
        content = struct.pack(">I", len(texts)) + b"".join(key + b"\0" + text + b"\0" for key, text in texts.items())
        file.seek(found[-1].start + found[-1].size)
        file.write(struct.pack(">4sq", b"info", len(content)) + content)
        file.flush()
        for chunk in old:
            file.seek(chunk.start - 12)
            file.write(b"free")
        return True


def _whole(file: BinaryIO) -> list[Chunk] | None:
    """Return the chunks; ``None`` where they do not fill the file: its sound may go on to the end.

    libsndfile puts a byte behind sound of an odd size, which no size counts.
    """
    found, at = [], _FIRST
    for name, start, size in chunks_64(file, _FIRST, ">4sq", includes_head=False):
        if size is None:
            return None
        found.append(Chunk(name, start, size))
        file.seek(start - 8)
        if struct.unpack(">q", file.read(8))[0] != size:
            return None
        at = start + size
    return found if found and size_of(file) in (at, at + at % 2) else None


def _there(file: BinaryIO) -> list[Chunk]:
    """Return the chunks as far as they tell their sizes."""
    told = chunks_64(file, _FIRST, ">4sq", includes_head=False)
    return [Chunk(name, start, size) for name, start, size in told if size is not None]


def _infos(found: list[Chunk]) -> list[Chunk]:
    return [chunk for chunk in found if chunk.name == b"info" and chunk.size <= MOST_BYTES]


def _texts(content: bytes) -> list[tuple[bytes, bytes]]:
    parts = content[4:].split(b"\0")
    return list(zip(parts[::2], parts[1::2]))
