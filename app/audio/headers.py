"""The chunks of sound files: what a header promises, against what is there.

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

_LONGEST_PAGE = 27 + 255 + 255 * 255
_STREAMED_64 = 1 << 62


def missing_bytes(path: Path) -> int:
    """Return how many bytes of sound the header promises beyond the file's end; 0 where it promises none.

    Raises:
        OSError: the file cannot be read.
    """
    with path.open("rb") as file:
        size = path.stat().st_size
        return max(0, (_promised_end(file, size) or 0) - size)


def _promised_end(file: BinaryIO, size: int) -> int | None:
    """Return where the sound ends according to the header; None where it does not say."""
    start = file.read(8)
    file.seek(0)
    if start[:4] == b"OggS":
        return _ogg_end(file, size)
    if start[:4] == b".snd":
        return _au_end(file)
    pieces = chunks(file)
    if start[:4] == b"caff":
        pieces = chunks_64(file, 8, ">4sq", includes_head=False)
    elif start == b"riff\x2e\x91\xcf\x11":
        pieces = chunks_64(file, 40, "<4s12xq", includes_head=True)
    for name, begin, length in pieces:
        if name in SOUND:
            return None if length is None else begin + length
    return None


def _au_end(file: BinaryIO) -> int | None:
    head = file.read(12)
    if len(head) < 12:
        return None
    _, begin, length = struct.unpack(">4sII", head)
    return None if _streamed(length) else int(begin + length)


def _ogg_end(file: BinaryIO, size: int) -> int | None:
    """Return the end of the last page: a page says how long it is."""
    begin = max(0, size - _LONGEST_PAGE)
    file.seek(begin)
    data = file.read()
    at = data.rfind(b"OggS")
    if at < 0 or len(data) < at + 27:
        return None
    lengths = data[at + 27 : at + 27 + data[at + 26]]
    return begin + at + 27 + data[at + 26] + sum(lengths)


def chunks_64(file: BinaryIO, at: int, head: str, *, includes_head: bool) -> Iterator[tuple[bytes, int, int | None]]:
    """Yield what :func:`chunks` does, for the chunks of CAF and W64, whose sizes have 64 bits."""
    width = struct.calcsize(head)
    for _ in range(_MOST_CHUNKS):
        if not _reached(file, at):
            return
        data = file.read(width)
        if len(data) < width:
            return
        name, size = struct.unpack(head, data)
        if size < (width if includes_head else 0) or size >= _STREAMED_64:
            yield name, at + width, None
            return
        if includes_head:
            yield name, at + width, size - width
            at += -(-size // 8) * 8
        else:
            yield name, at + width, size
            at += width + size


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
        if not _reached(file, start + size + size % 2):
            return


def _reached(file: BinaryIO, at: int) -> bool:
    """Go to a place that a header names, if the system knows such a place."""
    try:
        file.seek(at)
    except (OSError, OverflowError):
        return False
    return True


def _streamed(size: int) -> bool:
    """Whether a size stands for “not known yet”: the greatest ones, which programs write that write to a pipe."""
    return 0x7FFFF000 <= size <= 0x80000000 or size >= 0xFFFFF000
