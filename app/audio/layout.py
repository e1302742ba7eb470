"""What a WAV's or AIFF's header says of its speakers and samples, and libsndfile does not keep.

libsndfile writes the channel mask that it thinks usual for a number of channels, no mark of ambisonic sound (B-format),
and names of AIFF samples (``FL32``, ``42n1``) that few programs know. So the header of a result is put right.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import BinaryIO

from app.audio.headers import ORDERS, chunks

_EXTENSIBLE = 0xFFFE
_WHOLE = 40
"""Bytes of a “fmt ” chunk with valid bits, channel mask and the samples' form, as a GUID that begins with its tag."""

_NAMES = ((b"fl32", b"FL32"), (b"fl64", b"FL64"), (b"42ni", b"sowt", b"42n1"))
"""Names of the same samples in an AIFF: the first is what a result gets whose source has none of them."""


@dataclass(frozen=True)
class Layout:
    """The part of a file's header that its results keep.

    Attributes:
        form: what the file begins with, such as ``b"BW64"``.
        wave: its extensible “fmt ” chunk, 40 bytes; empty where it has none.
        samples: the name of an AIFF's samples, such as ``b"fl32"``; empty where it has none.
    """

    form: bytes = b""
    wave: bytes = b""
    samples: bytes = b""


def read_layout(file: BinaryIO) -> Layout:
    """Return the layout of the WAV or AIFF that begins here.

    Raises:
        OSError: the file cannot be read.
    """
    form = file.read(12)
    file.seek(-len(form), 1)
    wave = _wave(file) if form[8:] == b"WAVE" else None
    samples = _samples(file) if form[8:] == b"AIFC" else None
    return Layout(form[:4], wave[1] if wave else b"", samples[1] if samples else b"")


def keep_layout(file: BinaryIO, layout: Layout) -> None:
    """Put the header of a complete WAV or AIFF right, as its source had it.

    Raises:
        OSError: the file cannot be read or written.
    """
    form = file.read(12)
    file.seek(0)
    if form[:4] == b"FORM":
        found = _samples(file)
        for names in _NAMES if found else ():
            if found and found[1] in names:
                _write(file, found[0], layout.samples if layout.samples in names else names[0])
    elif form[8:] == b"WAVE":
        made = _wave(file)
        if made and layout.wave and ORDERS.get(layout.form) == ORDERS[form[:4]]:
            _write(file, made[0] + 16, _merged(made[1], layout.wave, ORDERS[form[:4]]))
        if form[:4] == b"RF64" and layout.form == b"BW64":
            _write(file, 0, layout.form)


def _merged(made: bytes, kept: bytes, order: str) -> bytes:
    """Return bytes 16 to 40 of a “fmt ” chunk: as they were, for the samples that there are now."""
    if (made[2:4], made[14:16], made[24:26]) == (kept[2:4], kept[14:16], kept[24:26]):
        return kept[16:]
    if made[2:4] != kept[2:4]:
        return made[16:]
    (bits,) = struct.unpack(order + "H", made[14:16])
    return kept[16:18] + struct.pack(order + "H", bits) + kept[20:24] + made[24:26] + kept[26:]


def _wave(file: BinaryIO) -> tuple[int, bytes] | None:
    """Return an extensible “fmt ” chunk, and where it stands."""
    order = ORDERS[file.read(4)]
    file.seek(-4, 1)
    for name, start, size in chunks(file):
        if name == b"fmt ":
            file.seek(start)
            content = file.read(_WHOLE)
            whole = size is not None and size >= _WHOLE and len(content) == _WHOLE
            return (start, content) if whole and struct.unpack(order + "H", content[:2])[0] == _EXTENSIBLE else None
    return None


def _samples(file: BinaryIO) -> tuple[int, bytes] | None:
    """Return the name of an AIFC's samples, and where it stands."""
    for name, start, size in chunks(file):
        if name == b"COMM":
            file.seek(start + 18)
            return (start + 18, file.read(4)) if size is not None and size >= 22 else None
    return None


def _write(file: BinaryIO, at: int, data: bytes) -> None:
    file.seek(at)
    file.write(data)
