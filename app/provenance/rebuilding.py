"""A file put together anew from its own bytes and others; it is the old one or the new one, whatever happens."""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from app.audio.parts import Part, Span

_BLOCK = 1 << 20


def rebuild(path: Path, parts: Sequence[Part]) -> None:
    """Replace a file by parts of itself and bytes between them, in linear time and one block of memory.

    Raises:
        OSError: the disk is full; the file is as it was.
    """
    with replaced(path) as (old, new):
        for part in parts:
            if isinstance(part, bytes):
                new.write(part)
            else:
                _copy(old, new, part)


@contextmanager
def replaced(path: Path) -> Iterator[tuple[BinaryIO, BinaryIO]]:
    """Give a file to read, and one to write that takes its place once all is done, but not after an error.

    Raises:
        OSError: the disk is full.
    """
    made = path.with_name(f".{secrets.token_hex(8)}.part")
    try:
        with path.open("rb") as old, made.open("x+b") as new:
            yield old, new
        made.chmod(path.stat().st_mode & 0o777)
        made.replace(path)
    finally:
        made.unlink(missing_ok=True)


def _copy(old: BinaryIO, new: BinaryIO, span: Span) -> None:
    old.seek(span.start)
    left = span.size
    while left and (block := old.read(min(left, _BLOCK))):
        new.write(block)
        left -= len(block)


def size_of(file: BinaryIO) -> int:
    """Return how long an open file is, in bytes."""
    return os.fstat(file.fileno()).st_size
