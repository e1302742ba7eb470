"""The chunks of sound files: what a header promises, against what is there.

libsndfile shortens such a file silently when its end is missing, so the promise is read here. Programs that write to a
pipe, or were killed, leave sizes that promise nothing: 0, the greatest number, or one of their own (sox). There the
sound goes on to the file's end.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

_MOST_CHUNKS = 10_000
ORDERS = {b"RIFF": "<", b"RF64": "<", b"BW64": "<", b"RIFX": ">", b"FORM": ">"}
"""Byte order of the sizes, by what a file begins with."""

LONG = (b"RF64", b"BW64")
"""Files whose sizes stand in a “ds64” chunk (EBU Tech 3306, ITU-R BS.2088)."""

SOUND = (b"data", b"SSND")
"""The chunks that hold the samples."""

_LONGEST_PAGE = 27 + 255 + 255 * 255
_STREAMED_64 = 1 << 62
LITTLE = 64
"""Bytes of sound that may lack without a refusal: some programs count their header as sound, or a byte too many."""

_UNSIZED = 8
"""An AIFF's sound begins with two numbers of four bytes: one of this size at most has no sound yet."""


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
            yield name, at + width, file.seek(0, 2) - at - width if name in SOUND else None
            return
        if includes_head:
            yield name, at + width, size - width
            at += -(-size // 8) * 8
        else:
            yield name, at + width, size
            at += width + size


def chunks(file: BinaryIO) -> Iterator[tuple[bytes, int, int | None]]:
    """Yield name, start of the content and its size in bytes for each chunk of the file that starts here.

    The size of the sound is what there is, where the header does not tell it or is wrong by a little; that of another
    chunk is None where it is not known. The caller may move about in the file.
    """
    begin = file.tell()
    form = file.read(12)
    if len(form) < 12 or form[:4] not in ORDERS:
        return
    order = ORDERS[form[:4]]
    end = file.seek(0, 2)
    file.seek(begin + 12)
    long_size = None
    for _ in range(_MOST_CHUNKS):
        head = file.read(8)
        if len(head) < 8:
            return
        name, size = head[:4], struct.unpack(order + "I", head[4:])[0]
        start = file.tell()
        if name == b"ds64" and len(sizes := file.read(16)) == 16:
            long_size = struct.unpack("<QQ", sizes)[1]
        if name == b"data" and form[:4] in LONG and size == 0xFFFFFFFF and long_size is not None:
            size = long_size if long_size < _STREAMED_64 else 0
            size = size if size > 0xFFFFFFFF else _there(file, start, size, end, order)
        elif name in SOUND:
            size = _there(file, start, size, end, order)
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


def _there(file: BinaryIO, start: int, size: int, end: int, order: str) -> int:
    """Return how many bytes of sound there are from ``start`` on, where a header says ``size``, which may be wrong."""
    left = end - start
    if size > left:
        return left if _streamed(size) or size - left < LITTLE else size
    if size <= (_UNSIZED if order == ">" else 0) < left and not _only_chunks(file, start + size, end, order):
        return left
    return size


def _only_chunks(file: BinaryIO, at: int, end: int, order: str) -> bool:
    """Whether nothing but whole chunks stands from ``at`` to ``end``: then there is no sound among them."""
    for _ in range(_MOST_CHUNKS):
        if at >= end:
            break
        file.seek(at)
        head = file.read(8)
        if len(head) < 8 or not all(0x20 <= byte < 0x7F for byte in head[:4]):
            return False
        size = int(struct.unpack(order + "I", head[4:])[0])
        at += 8 + size + size % 2
    return end <= at <= end + 1


def _streamed(size: int) -> bool:
    """Whether a size stands for “not known yet”: the greatest ones, which programs write that write to a pipe.

    sox writes 0x7FFFF000 for WAV and 0x7F000008 for AIFF, less what is no whole sample of all channels.
    """
    return 0x7FFFE000 <= size <= 0x80000000 or 0x7EFFF000 <= size <= 0x7F000008 or size >= 0xFFFFF000
