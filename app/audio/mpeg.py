"""MP3 files that do not say how long they are, or say less than they hold, or more.

libsndfile reads no more of an MP3 than its first frame promises (a “Xing”, “Info” or “VBRI” header), or, where that
promises nothing, than a file of constant bit rate would hold: the rest is silently lost. Here the frames are counted,
and libsndfile gets a first frame that promises them all. It tells of no end that is missing, either. Layout of frames:
ISO/IEC 11172-3 and 13818-3.
"""

from __future__ import annotations

import mmap
import struct
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from app.errors import AudioFileError

_RATES = (44100, 48000, 32000)
_KBITS = (0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320)
_KBITS_LOW = (0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160)
_SAME = 0xFFFE0C00
"""Bits of a header that all frames of a stream share: mark, version, layer and rate."""

_SEARCHED = 1 << 16
"""Bytes that may lie between two frames."""

_MISSING = 1.0
"""Seconds that may be missing of what is promised: encoders and editors do not count alike."""

_COUNT_AT = {b"Xing": 8, b"Info": 8, b"VBRI": 14}
"""Where a header holds the number of frames, from its name on."""


@dataclass(frozen=True)
class Beginning:
    """What a file must begin with to be read to its end.

    Attributes:
        data: the first frame.
        instead_of: how many bytes of the file it replaces.
    """

    data: bytes
    instead_of: int


def missing_beginning(path: Path) -> Beginning | None:
    """Return what an MP3 must begin with so that all its frames are read; None where nothing is wrong with it.

    Raises:
        AudioFileError: its end is missing.
        OSError: the file cannot be read.
    """
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
        start = _next_frame(data, _after_tag(data), None)
        if start is None:
            return None
        first = _header(data, start)
        size = _frame_size(first)
        frame = bytearray(data[start : start + size])
        name_at = _name_at(frame, first)
        if name_at is None:
            made = _made(first, _count(data, start))
            return Beginning(made, start)
        at = name_at + _COUNT_AT[bytes(frame[name_at : name_at + 4])]
        count = _count(data, start + size)
        promised = struct.unpack_from(">I", frame, at)[0]
        if promised >= count:
            _check_end(promised, count, first)
            return None
        struct.pack_into(">I", frame, at, count)
        return Beginning(bytes(frame), start + size)


def _check_end(promised: int, count: int, header: int) -> None:
    """Refuse a file that holds much fewer frames like ``header`` than it promises."""
    seconds = (promised - count) * (1152 if header >> 19 & 3 == 3 else 576) / _rate(header)
    if seconds > _MISSING:
        raise AudioFileError(
            f"The file is cut short: {seconds:.1f} s that its header promises are missing; send the complete file."
        )


def _rate(header: int) -> int:
    """Return the sample rate (Hz) of a valid frame; versions 2 and 2.5 have a half and a quarter of version 1's."""
    return _RATES[header >> 10 & 3] >> {3: 0, 2: 1, 0: 2}[header >> 19 & 3]


def _after_tag(data: mmap.mmap) -> int:
    """Return the end of the ID3v2 tag, 0 where there is none."""
    if data[:3] != b"ID3" or len(data) < 10:
        return 0
    size = data[6] << 21 | data[7] << 14 | data[8] << 7 | data[9]
    return 10 + size + (10 if data[5] & 0x10 else 0)


def _header(data: mmap.mmap, at: int) -> int:
    return int.from_bytes(data[at : at + 4], "big")


def _frame_size(header: int) -> int:
    """Return the bytes of a Layer III frame, 0 where this is no header of one (or of one of free bit rate)."""
    version, rate = header >> 19 & 3, header >> 10 & 3
    kbits = header >> 12 & 15
    if header >> 21 != 0x7FF or header >> 17 & 3 != 1 or version == 1 or rate == 3 or kbits in (0, 15):
        return 0
    padding = header >> 9 & 1
    if version == 3:
        return 144_000 * _KBITS[kbits] // _rate(header) + padding
    return 72_000 * _KBITS_LOW[kbits] // _rate(header) + padding


def _next_frame(data: mmap.mmap, at: int, like: int | None) -> int | None:
    """Return where the next frame begins, of the stream that the header ``like`` is of: one that another follows."""
    end = min(at + _SEARCHED, len(data) - 4)
    while (at := data.find(b"\xff", at, end)) >= 0:
        header = _header(data, at)
        size = _frame_size(header)
        if size and (like is None or (header ^ like) & _SAME == 0):
            after = at + size
            if after + 4 > len(data) or (_header(data, after) ^ header) & _SAME == 0:
                return at
        at += 1
    return None


def _count(data: mmap.mmap, at: int) -> int:
    """Count the frames from ``at`` on."""
    like = _header(data, at)
    sizes: dict[int, int] = {}
    count = 0
    place: int | None = at
    while place is not None:
        header = _header(data, place)
        if (size := sizes.get(header)) is None:
            size = sizes[header] = _frame_size(header) if (header ^ like) & _SAME == 0 else 0
        if size:
            count, place = count + 1, place + size
        else:
            place = _next_frame(data, place, like)
    return count


def _side(header: int) -> int:
    """Return the bytes between a frame's header and its sound."""
    mono = header >> 6 & 3 == 3
    if header >> 19 & 3 == 3:
        return 17 if mono else 32
    return 9 if mono else 17


def _name_at(frame: bytearray, header: int) -> int | None:
    """Return where the name of a header with a number of frames is, if there is one."""
    at = 4 + _side(header)
    if bytes(frame[at : at + 4]) in (b"Xing", b"Info") and len(frame) >= at + 12 and frame[at + 7] & 1:
        return at
    return 36 if frame[36:40] == b"VBRI" and len(frame) >= 54 else None


def _made(header: int, count: int) -> bytes:
    """Make a first frame that promises ``count`` further ones: at 128 or 80 kbit/s, without a checksum."""
    header = header & ~0xF200 | 0x19000
    frame = bytearray(_frame_size(header))
    struct.pack_into(">I", frame, 0, header)
    struct.pack_into(">4sII", frame, 4 + _side(header), b"Xing", 1, count)
    return bytes(frame)


class Begun:
    """A file that begins differently, as soundfile reads it."""

    def __init__(self, file: BinaryIO, beginning: Beginning) -> None:
        self._file = file
        self._data = beginning.data
        self._shift = beginning.instead_of - len(beginning.data)
        self._length = file.seek(0, 2) - self._shift
        self._at = 0

    def seek(self, offset: int, whence: int = 0) -> int:
        """Move as ``io.IOBase.seek`` does."""
        self._at = max(0, offset + (0, self._at, self._length)[whence])
        return self._at

    def tell(self) -> int:
        """Return the position."""
        return self._at

    def read(self, size: int = -1) -> bytes:
        """Return the next bytes; none where the file cannot be read."""
        size = max(0, self._length - self._at) if size < 0 else size
        data = self._data[self._at : self._at + size]
        try:
            self._file.seek(max(self._at, len(self._data)) + self._shift)
            data += self._file.read(size - len(data))
        except OSError:
            data = b""
        self._at += len(data)
        return data
