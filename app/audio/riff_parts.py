"""WAV, AIFF and CAF files as libsndfile must see them: with the size that the sound has, and without what misleads it.

Sizes may be wrong (see :mod:`app.audio.headers`). An “acid” chunk of 4 bytes costs libsndfile the first samples, a
“PEAK” of a few bytes the whole file. None of these is needed for the sound, so it gets the file without them (what a
result keeps of them is read in :mod:`app.audio.extras`).
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from typing import BinaryIO

from app.audio.headers import LITTLE, LONG, ORDERS, SOUND, chunks, chunks_64
from app.audio.parts import Part, Span

_NEEDED = (b"fmt ", b"FVER", b"COMM")
_MISREAD_WAV = (b"acid", b"smpl", b"fact", b"PEAK", b"LIST", b"cue ", b"inst")
_MISREAD_AIFF = (b"MARK", b"INST", b"COMT", b"PEAK", b"basc", b"CHAN", b"APPL")
_PCM = (1, 3, 6, 7, 0xFFFE)
"""Formats of WAV whose length follows from the bytes alone; of others “fact” tells it."""

_SAME_SOUND = {b"42ni": b"sowt", b"42n1": b"sowt"}
"""Names of an AIFF's samples that libsndfile does not know, by one that it does."""

_MOST = 0xFFFFFFFF


def riff_parts(file: BinaryIO) -> tuple[Sequence[Part], str] | None:
    """Return what of a file tells of its sound, and a sentence where a little lacks; None: it can be read as it is.

    Raises:
        OSError: the file cannot be read.
    """
    file.seek(0)
    form = file.read(12)
    file.seek(0)
    if form[:4] == b"caff":
        return _caf_parts(file)
    order = ORDERS.get(form[:4], "<")
    long = form[:4] in LONG
    parts: list[Part] = []
    changed, plain, lacking, long_size, sound = form[:4] == b"BW64", form[:4] == b"FORM", 0, 0, 0
    for name, start, size in chunks(file):
        if size is None:
            return None
        if name == b"ds64":
            long_size = int.from_bytes(_bytes(file, start, 16)[8:], "little")
        elif name in SOUND:
            told = struct.unpack(order + "I", _bytes(file, start - 4, 4))[0]
            told = long_size if long and told == _MOST else told
            changed = changed or told != size
            lacking = told - size if 0 < told - size < LITTLE else 0
            sound = size
            parts += [name + struct.pack(order + "I", _MOST if long or size > _MOST else size), Span(start, size)]
        elif name == b"COMM" and (known := _SAME_SOUND.get(_bytes(file, start + 18, 4))):
            parts += [Span(start - 8, 26), known, Span(start + 22, size - 22 + size % 2)]
            changed = True
        elif name in _NEEDED:
            parts.append(Span(start - 8, 8 + size + size % 2))
            if name == b"fmt ":
                plain = struct.unpack(order + "H", _bytes(file, start, 2).ljust(2))[0] in _PCM
        changed = changed or name in _MISREAD_WAV + _MISREAD_AIFF
    if not changed or not plain:
        return None
    return [_begin(form, parts, sound), *parts], _lacking(lacking) if lacking else ""


def _lacking(count: int) -> str:
    missing = "a byte" if count == 1 else f"{count} bytes"
    return f"The file’s header promises {missing} of sound more than there are; all that is there was read."


def _begin(form: bytes, parts: Sequence[Part], sound: int) -> bytes:
    """Return what stands before the chunks ``parts``, of which the sound takes ``sound`` bytes."""
    length = 4 + sum(part.size if isinstance(part, Span) else len(part) for part in parts)
    order = ORDERS[form[:4]]
    if form[:4] in LONG or (form[:4] == b"RIFF" and length > _MOST):
        sizes = b"ds64" + struct.pack("<IQQQI", 28, length + 36, sound, 0, 0)
        return b"RF64" + struct.pack("<I", _MOST) + form[8:] + sizes
    return form[:4] + struct.pack(order + "I", min(length, _MOST)) + form[8:]


def _caf_parts(file: BinaryIO) -> tuple[Sequence[Part], str] | None:
    for name, start, size in chunks_64(file, 8, ">4sq", includes_head=False):
        if name in SOUND and size is not None:
            told = struct.unpack(">q", _bytes(file, start - 8, 8))[0]
            return None if told == size else ([Span(0, start - 8), struct.pack(">q", size), Span(start, size)], "")
    return None


def _bytes(file: BinaryIO, start: int, size: int) -> bytes:
    file.seek(start)
    return file.read(size)
