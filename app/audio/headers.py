"""The chunks of RIFF, RF64 and AIFF files: what a header promises, against what is there.

libsndfile shortens such a file silently when its end is missing, so the promise is read here.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

_MOST_CHUNKS = 10_000
SOUND = (b"data", b"SSND")
"""The chunks that hold the samples."""


def missing_bytes(path: Path) -> int:
    """Return how many bytes of sound the header promises beyond the file's end; 0 where it promises none.

    Raises:
        OSError: the file cannot be read.
    """
    with path.open("rb") as file:
        end = path.stat().st_size
        for name, start, size in chunks(file):
            if name in SOUND:
                return 0 if size is None else max(0, start + size - end)
    return 0


def chunks(file: BinaryIO) -> Iterator[tuple[bytes, int, int | None]]:
    """Yield name, start of the content and its size in bytes for each chunk of the file that starts here.

    A size is None where the file ends with this chunk, wherever that is. The caller may move about in the file.
    """
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
        if name == b"ds64" and len(sizes := file.read(16)) == 16:
            long_size = struct.unpack("<QQ", sizes)[1]
        if name == b"data" and form[:4] == b"RF64" and size == 0xFFFFFFFF and long_size is not None:
            size = long_size
        elif _streamed(size):
            yield name, start, None
            return
        yield name, start, size
        file.seek(start + size + size % 2)


def _streamed(size: int) -> bool:
    """Whether a size stands for “not known yet”: the greatest ones, which programs write that write to a pipe."""
    return 0x7FFFF000 <= size <= 0x80000000 or size >= 0xFFFFF000
