"""FLAC: a comment (RFC 9639, 8.6); before the FLAC may stand an ID3v2 tag, as Content Credentials need."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from app.audio.parts import Part, Span
from app.provenance.chunked import MOST_BYTES
from app.provenance.comments import text_in, with_text
from app.provenance.id3 import HEAD, length
from app.provenance.rebuilding import rebuild, size_of
from app.provenance.record import Provenance

_PADDING, _COMMENT, _INVALID = 1, 4, 127
_LAST = 0x80
_MOST_BLOCKS = 10_000
_LONGEST = (1 << 24) - 1


def flac_start(file: BinaryIO) -> int | None:
    """Return where a FLAC begins, behind a tag if there is one; ``None`` where there is none."""
    file.seek(0)
    start = length(file.read(HEAD))
    file.seek(start)
    return start if file.read(4) == b"fLaC" else None


def read_flac(file: BinaryIO) -> str | None:
    """Return the text of a file; ``None`` where it has none."""
    for kind, start, size in _blocks(file):
        if kind == _COMMENT and size <= MOST_BYTES:
            file.seek(start)
            return text_in(file.read(size))
    return None


def write_flac(path: Path, made: Provenance) -> bool:
    """Write where a file came from into it; whether it could be.

    Its description stays first, the comment comes behind it, then all other blocks, but for padding.
    """
    with path.open("rb") as file:
        start = flac_start(file) or 0
        blocks, end = list(_blocks(file)), size_of(file)
        if not blocks or blocks[0][0] != 0:
            return False
        old = next((block for block in blocks if block[0] == _COMMENT), None)
        if old is not None:
            if old[2] > MOST_BYTES:
                return False
            file.seek(old[1])
        comment = with_text(file.read(old[2]) if old is not None else b"", made)
    sound = blocks[-1][1] + blocks[-1][2]
    if comment is None or len(comment) > _LONGEST or sound > end:
        return False
    kept = [block for block in blocks[1:] if block[0] not in (_PADDING, _COMMENT)]
    parts: list[Part] = [Span(0, start + 4), _head(0, blocks[0][2]), Span(blocks[0][1], blocks[0][2])]
    parts += [_head(_COMMENT, len(comment), last=not kept), comment]
    for block in kept:
        parts += [_head(block[0], block[2], last=block is kept[-1]), Span(block[1], block[2])]
    rebuild(path, [*parts, Span(sound, end - sound)])
    return True


def _head(kind: int, size: int, *, last: bool = False) -> bytes:
    return bytes([kind | (_LAST if last else 0)]) + size.to_bytes(3, "big")


def _blocks(file: BinaryIO) -> Iterator[tuple[int, int, int]]:
    """Yield kind, start and size of each block before the sound; nothing where the last one is not marked as such."""
    found: list[tuple[int, int, int]] = []
    at = (flac_start(file) or 0) + 4
    for _ in range(_MOST_BLOCKS):
        file.seek(at)
        head = file.read(4)
        if len(head) < 4 or head[0] & 0x7F == _INVALID:
            return
        size = int.from_bytes(head[1:], "big")
        found.append((head[0] & 0x7F, at + 4, size))
        at += 4 + size
        if head[0] & _LAST:
            yield from found
            return
