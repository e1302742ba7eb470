"""The chunks of RIFF, RF64 and AIFF files: what a header promises, against what is there.

libsndfile shortens such a file silently when its end is missing, so the promise is read here.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

_MOST_CHUNKS = 10_000
_STREAMED = 0x7FFFF000
"""Sizes from here on stand for “not known yet”: what programs write that write to a pipe."""


def missing_bytes(path: Path) -> int:
    """Return how many bytes of sound the header promises beyond the file's end; 0 where it promises none.

    Raises:
        OSError: the file cannot be read.
    """
    with path.open("rb") as file:
        end = path.stat().st_size
        for name, start, size in _chunks(file):
            if name in (b"data", b"SSND"):
                return max(0, start + size - end)
    return 0


def _chunks(file: BinaryIO) -> Iterator[tuple[bytes, int, int]]:
    """Yield name, start of the content and its size in bytes for each chunk of known size."""
    form = file.read(12)
    kinds = {b"RIFF": "<", b"RF64": "<", b"RIFX": ">", b"FORM": ">"}
    if len(form) < 12 or form[:4] not in kinds:
        return
    order = kinds[form[:4]]
    long_size = None
    for _ in range(_MOST_CHUNKS):
        head = file.read(8)
        if len(head) < 8:
            return
        name, size = head[:4], struct.unpack(order + "I", head[4:])[0]
        start = file.tell()
        if name == b"ds64" and size >= 16:
            long_size = struct.unpack("<QQ", file.read(16))[1]
        if name == b"data" and form[:4] == b"RF64" and size == 0xFFFFFFFF and long_size is not None:
            size = long_size
        elif size >= _STREAMED:
            return
        yield name, start, size
        file.seek(start + size + size % 2)
