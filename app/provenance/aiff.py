"""AIFF and AIFF-C: an “ID3 ” chunk."""

from __future__ import annotations

from pathlib import Path
from typing import BinaryIO

from app.provenance.chunked import Chunk, append, there, whole
from app.provenance.id3 import HEAD, length, text_in, with_text
from app.provenance.record import Provenance


def read_aiff(file: BinaryIO) -> str | None:
    """Return the text of a file; ``None`` where it has none."""
    found: str | None = None
    for chunk in there(file):
        if chunk.name == b"ID3 ":
            found = text_in(_tag(file, chunk)) or found
    return found


def write_aiff(path: Path, made: Provenance) -> bool:
    """Write where a file came from into it; whether it could be."""
    with path.open("r+b") as file:
        found = whole(file)
        if found is None:
            return False
        old = next((chunk for chunk in found if chunk.name == b"ID3 "), None)
        tag = with_text(_tag(file, old) if old else b"", made)
        return tag is not None and append(file, [(b"ID3 ", tag)], [old] if old else [], b"FLLR")


def _tag(file: BinaryIO, chunk: Chunk) -> bytes:
    content = chunk.content(file)
    return content[: length(content[:HEAD])]
