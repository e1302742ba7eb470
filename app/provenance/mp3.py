"""MP3: an ID3v2 tag before the sound."""

from __future__ import annotations

from pathlib import Path
from typing import BinaryIO

from app.audio.parts import Span
from app.provenance.chunked import MOST_BYTES
from app.provenance.id3 import HEAD, from_first, length, text_in, with_text
from app.provenance.rebuilding import rebuild, size_of
from app.provenance.record import Provenance


def read_mp3(file: BinaryIO) -> str | None:
    """Return the text of a file; ``None`` where it has none."""
    return text_in(_tag(file))


def write_mp3(path: Path, made: Provenance) -> bool:
    """Write where a file came from into it; whether it could be."""
    with path.open("rb") as file:
        old, size = _tag(file), size_of(file)
        file.seek(0)
        if length(file.read(HEAD)) != len(old):
            return False
        file.seek(max(0, size - 128))
        tag = with_text(old or from_first(file.read(128)), made)
    if tag is None:
        return False
    rebuild(path, [tag, Span(len(old), size - len(old))])
    return True


def _tag(file: BinaryIO) -> bytes:
    """Return the tag at the start; nothing where there is none, or a longer one than any that is looked at here."""
    file.seek(0)
    size = length(file.read(HEAD))
    file.seek(0)
    return file.read(size) if size <= min(MOST_BYTES, size_of(file)) else b""
