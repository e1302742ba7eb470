"""A file as it should have been: parts of one on disk, and bytes put between them, read through as one file."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import BinaryIO


@dataclass(frozen=True)
class Span:
    """Bytes of a file on disk.

    Attributes:
        start: where they begin.
        size: how many.
    """

    start: int
    size: int


_BLOCK = 1 << 17
"""Bytes read at once: decoders ask for a few at a time."""

Part = Span | bytes
"""What a file is put together of: bytes of the one on disk, or others."""


class PartsFile:
    """Parts of a file, as soundfile and PyAV read them: one after the other, as if nothing else were there."""

    def __init__(self, file: BinaryIO, parts: Sequence[Part]) -> None:
        self._file = file
        self._parts = parts
        sizes = [part.size if isinstance(part, Span) else len(part) for part in parts]
        self._ends = list(accumulate(sizes))
        self._at = 0
        self._block, self._block_at = b"", 0

    def seek(self, offset: int, whence: int = 0) -> int:
        """Move as ``io.IOBase.seek`` does."""
        length = self._ends[-1] if self._ends else 0
        self._at = max(0, offset + (0, self._at, length)[whence])
        return self._at

    def tell(self) -> int:
        """Return the position."""
        return self._at

    def read(self, size: int = -1) -> bytes:
        """Return the next bytes; fewer where the file ends or cannot be read."""
        length = self._ends[-1] if self._ends else 0
        left = max(0, length - self._at)
        left = left if size < 0 else min(left, size)
        found: list[bytes] = []
        while left:
            data = self._piece(left)
            if not data:
                break
            found.append(data)
            left -= len(data)
            self._at += len(data)
        return b"".join(found)

    def _piece(self, size: int) -> bytes:
        """Return up to ``size`` bytes of the part that the position lies in; none where the file cannot be read."""
        number = bisect_right(self._ends, self._at)
        part = self._parts[number]
        within = self._at - (self._ends[number - 1] if number else 0)
        if isinstance(part, bytes):
            return part[within : within + size]
        at, size = part.start + within, min(size, part.size - within)
        from_block = at - self._block_at
        if not 0 <= from_block < len(self._block):
            try:
                self._file.seek(at)
                self._block, self._block_at, from_block = self._file.read(max(size, _BLOCK)), at, 0
            except OSError:
                return b""
        return self._block[from_block : from_block + size]
