"""How long an MP3 or an Ogg file is, from its first and last bytes: for a process that must not decode it.

An MP3 tells how many frames it has where its bit rate varies (the header of LAME and Xing), and else has one bit rate
(ISO/IEC 11172-3, 2.4.2.3). The last page of an Ogg file tells how many samples come before its end (RFC 3533, 6).
"""

from __future__ import annotations

import struct
from pathlib import Path
from typing import BinaryIO

_LOOK = 64 * 1024
"""Bytes at the beginning and the end that are looked at."""
_RATES = (44_100, 48_000, 32_000)
_KBITS = {
    (1, 1): (32, 64, 96, 128, 160, 192, 224, 256, 288, 320, 352, 384, 416, 448),
    (1, 2): (32, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 384),
    (1, 3): (32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320),
    (2, 1): (32, 48, 56, 64, 80, 96, 112, 128, 144, 160, 176, 192, 224, 256),
    (2, 2): (8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160),
}
"""Of MPEG 1, and of 2 and 2.5, by layer; layer 3 of the latter is as 2."""
_OPUS_RATE = 48_000


def compressed_seconds(path: Path) -> float:
    """Return how long an MP3 or Ogg file says that it is (s); 0 where it is neither, or does not say.

    Raises:
        OSError: the file cannot be read.
    """
    size = path.stat().st_size
    with path.open("rb") as file:
        start = file.read(_LOOK)
        if start.startswith(b"OggS"):
            return _ogg(start, file, size)
        tag = 0
        if start.startswith(b"ID3") and len(start) >= 10:
            tag = 10 + sum((byte & 0x7F) << shift for byte, shift in zip(start[6:10], (21, 14, 7, 0)))
            file.seek(tag)
            start = file.read(_LOOK)
        return _mp3(start, size - tag)


def _mp3(start: bytes, size: int) -> float:
    at = start.find(b"\xff")
    while 0 <= at <= len(start) - 4:
        if found := _frame(start[at : at + 4]):
            seconds, kbits, inside = found
            for name in (b"Xing", b"Info"):
                header = start[at + 4 + inside : at + 16 + inside]
                if len(header) == 12 and header.startswith(name) and header[7] & 1:
                    return float(struct.unpack(">I", header[8:])[0]) * seconds
            return (size - at) * 8 / (1000 * kbits)
        at = start.find(b"\xff", at + 1)
    return 0.0


def _frame(head: bytes) -> tuple[float, int, int] | None:
    """Return a frame's seconds, its kbit/s, and the bytes before a header of LAME's; ``None`` where it is no frame."""
    version, layer = {0: 4, 2: 2, 3: 1}.get(head[1] >> 3 & 3, 0), 4 - (head[1] >> 1 & 3)
    number, rate = head[2] >> 4, head[2] >> 2 & 3
    if head[1] < 0xE0 or not version or layer == 4 or not 0 < number < 15 or rate == 3:
        return None
    kbits = _KBITS[min(version, 2), min(layer, 3 if version == 1 else 2)][number - 1]
    samples = 384 if layer == 1 else 576 if layer == 3 and version > 1 else 1152
    mono = head[3] >> 6 == 3
    inside = (17 if mono else 32) if version == 1 else (9 if mono else 17)
    return samples * version / _RATES[rate], kbits, inside


def _ogg(start: bytes, file: BinaryIO, size: int) -> float:
    rate = 0
    if (at := start.find(b"\x01vorbis")) >= 0 and len(start) >= at + 16:
        rate = struct.unpack_from("<I", start, at + 12)[0]
    elif b"OpusHead" in start[:_LOOK]:
        rate = _OPUS_RATE
    file.seek(max(0, size - _LOOK))
    end = file.read(_LOOK)
    at = end.rfind(b"OggS")
    if not rate or at < 0 or len(end) < at + 14:
        return 0.0
    return float(max(0, struct.unpack_from("<q", end, at + 6)[0])) / float(rate)
