"""WAV and AIFF files as libsndfile must see them: it loses its way in chunks that are not built as it expects.

An “acid” chunk of 4 bytes costs it the first samples, a “PEAK” of a few bytes the whole file. None of them is needed
for the sound, so it gets the file without them (what a result keeps of them is read in :mod:`app.audio.extras`).
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from typing import BinaryIO

from app.audio.headers import SOUND, chunks
from app.audio.parts import Part, Span

_NEEDED = (b"ds64", b"fmt ", b"FVER", b"COMM", *SOUND)
_MISREAD_WAV = (b"acid", b"smpl", b"fact", b"PEAK", b"LIST", b"cue ", b"inst")
_MISREAD_AIFF = (b"MARK", b"INST", b"COMT", b"PEAK", b"basc", b"CHAN", b"APPL")
_PCM = (1, 3, 6, 7, 0xFFFE)
"""Formats of WAV whose length follows from the bytes alone; of others “fact” tells it."""

_HEAD = 8


def riff_parts(file: BinaryIO) -> Sequence[Part] | None:
    """Return what of a WAV or AIFF tells of its sound; None where the file can be read as it is.

    Raises:
        OSError: the file cannot be read.
    """
    file.seek(0)
    form = file.read(12)
    file.seek(0)
    needed, misread, plain = [], False, form[:4] == b"FORM"
    for name, start, size in chunks(file):
        if name in SOUND and size is None:
            return None
        if name == b"fmt ":
            file.seek(start)
            plain = int.from_bytes(file.read(2), "big" if form[:4] == b"RIFX" else "little") in _PCM
        if name in _NEEDED:
            needed.append(Span(start - _HEAD, _HEAD + (size or 0) + (size or 0) % 2))
        misread = misread or name in _MISREAD_WAV + _MISREAD_AIFF
    if not misread or not plain:
        return None
    length = 4 + sum(span.size for span in needed)
    order = "<I" if form[:4] == b"RIFF" else ">I"
    head = form if form[:4] == b"RF64" else form[:4] + struct.pack(order, length & 0xFFFFFFFF) + form[8:]
    return [head, *needed]
