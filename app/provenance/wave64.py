"""Sony Wave64: a “list” chunk before the sound, with texts as a WAV's “LIST INFO” has them.

Behind the sound, where no byte of it would have to be moved, libsndfile takes any chunk for more sound.
"""

from __future__ import annotations

import struct
from pathlib import Path
from typing import BinaryIO

from app.audio.headers import chunks_64
from app.audio.parts import Part, Span
from app.provenance.chunked import Chunk
from app.provenance.info import info, text_of
from app.provenance.rebuilding import rebuild, size_of
from app.provenance.record import Provenance

MARK = b"riff\x2e\x91\xcf\x11"
_LIST = b"list\x2f\x91\xcf\x11\xa5\xd6\x28\xdb\x04\xc1\x00\x00"
_CHUNK = 24
_SIZE, _FIRST = 16, 40
"""Where the size of the file stands, and the first chunk."""


def read_wave64(file: BinaryIO) -> str | None:
    """Return the text of a file; ``None`` where it has none."""
    return text_of(chunk.content(file) for chunk in _before_sound(file) if chunk.name == b"list")


def write_wave64(path: Path, made: Provenance) -> bool:
    """Write where a file came from into it; whether it could be."""
    with path.open("rb") as file:
        found, end = _before_sound(file), size_of(file)
        file.seek(_SIZE)
        told = file.read(8)
        if not found or found[-1].name != b"data" or struct.unpack("<Q", told)[0] > end:
            return False
        old = next((chunk for chunk in found if chunk.name == b"list"), None)
        content = info(old.content(file)[4:] if old else b"", made)
        file.seek(0)
        head = file.read(_SIZE)
        file.seek(_SIZE + 8)
        wave = file.read(_FIRST - _SIZE - 8)
    chunk = _LIST + struct.pack("<Q", _CHUNK + len(content)) + content
    chunk += bytes(-len(chunk) % 8)
    sound = found[-1].start - _CHUNK
    kept = [Span(item.start - _CHUNK, _padded(item)) for item in found[:-1] if item is not old]
    before = _FIRST + sum(span.size for span in kept) + len(chunk)
    size = struct.unpack("<Q", told)[0] + before - sound
    parts: list[Part] = [head, struct.pack("<Q", size), wave, *kept, chunk, Span(sound, end - sound)]
    rebuild(path, parts)
    return True


def _padded(chunk: Chunk) -> int:
    return -(-(_CHUNK + chunk.size) // 8) * 8


def _before_sound(file: BinaryIO) -> list[Chunk]:
    """Return the chunks up to the sound; none where one of them has no size, or the file ends before the next."""
    found: list[Chunk] = []
    end = size_of(file)
    for name, start, size in chunks_64(file, _FIRST, "<4s12xq", includes_head=True):
        if size is None or start + size > end:
            return []
        found.append(Chunk(name, start, size))
        if name == b"data":
            break
    return found
