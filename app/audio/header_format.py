"""What a sound file's header says, read without a sound library: for a process that must not decode what it is given.

WAV (also RF64, BW64 and W64), AIFF, FLAC, AU and CAF are understood: all the containers that are written here.
"""

from __future__ import annotations

import struct
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO

from app.audio.formats import AudioFormat
from app.audio.headers import chunks, chunks_64

UNKNOWN = -1
"""The number of samples where a header does not tell it."""

_PCM = {1: "PCM_S8", 2: "PCM_16", 3: "PCM_24", 4: "PCM_32"}
_UNSIGNED = {**_PCM, 1: "PCM_U8"}
_FLOAT = {4: "FLOAT", 8: "DOUBLE"}
_COMPANDED = {6: "ALAW", 7: "ULAW"}
_AU = {1: "ULAW", 2: "PCM_S8", 3: "PCM_16", 4: "PCM_24", 5: "PCM_32", 6: "FLOAT", 7: "DOUBLE", 27: "ALAW"}
_AIFC = {b"fl32": 4, b"FL32": 4, b"fl64": 8, b"FL64": 8}
_AIFC_INTEGERS = (b"NONE", b"twos", b"sowt", b"in24", b"in32", b"42ni", b"42n1", b"23ni")
_WIDTHS = {"PCM_S8": 1, "PCM_U8": 1, "ULAW": 1, "ALAW": 1, "PCM_16": 2, "PCM_24": 3, "PCM_32": 4}
_WIDTHS |= {"FLOAT": 4, "DOUBLE": 8}
_EXTENSIBLE = 0xFFFE
_LONGEST_FORMAT = 64


def read_header(path: Path) -> AudioFormat | None:
    """Return what the header says; ``None`` where it is of another container or makes no sense.

    ``samples`` is :data:`UNKNOWN` where it tells no length. Names are libsndfile's, but for what is not PCM, float,
    A-law or µ-law, which is called ``"OTHER"``; ``endian`` is not looked at.

    Raises:
        OSError: the file cannot be read.
    """
    with path.open("rb") as file:
        start = file.read(4)
        file.seek(0)
        reader = _READERS.get(start)
        if reader is None:
            return None
        try:
            fmt = reader(file)
        except (struct.error, ValueError, OverflowError, ZeroDivisionError):
            return None
    return fmt if fmt is not None and fmt.channels > 0 and fmt.sample_rate > 0 else None


def _wav(file: BinaryIO) -> AudioFormat | None:
    start = file.read(4)
    file.seek(0)
    order = ">" if start == b"RIFX" else "<"
    pieces = chunks(file)
    container = {b"RIFX": "WAV", b"RIFF": "WAV", b"RF64": "RF64", b"BW64": "RF64", b"riff": "W64"}[start]
    if container == "W64":
        pieces = chunks_64(file, 40, "<4s12xq", includes_head=True)
    fmt = None
    for name, begin, size in pieces:
        if name == b"fmt " and fmt is None:
            file.seek(begin)
            fmt = file.read(min(size or _LONGEST_FORMAT, _LONGEST_FORMAT))
        elif name == b"data" and fmt is not None:
            tag, channels, rate, _, block, bits = struct.unpack(order + "HHIIHH", fmt[:16])
            if tag == _EXTENSIBLE:
                tag = struct.unpack(order + "H", fmt[24:26])[0]
                container = "WAVEX" if container == "WAV" else container
            width = block // channels
            # Samples in wider places than they need are read differently by different programs.
            kinds = {1: _UNSIGNED.get(width), 3: _FLOAT.get(width)} if -(-bits // 8) == width else {}
            return _format(rate, channels, container, kinds.get(tag) or _COMPANDED.get(tag), size)
    return None


def _aiff(file: BinaryIO) -> AudioFormat | None:
    compressed = file.read(12)[8:] == b"AIFC"
    file.seek(0)
    channels, rate, subtype = 0, 0, None
    for name, begin, size in chunks(file):
        if name == b"COMM":
            file.seek(begin)
            channels, _, bits, exponent, mantissa = struct.unpack(">hIhHQ", file.read(18))
            rate = _extended(exponent, mantissa)
            kind = file.read(4) if compressed else b"NONE"
            subtype = _FLOAT.get(_AIFC.get(kind, 0))
            if kind in _AIFC_INTEGERS:
                subtype = _PCM.get(-(-bits // 8))
            elif kind.lower() in (b"ulaw", b"alaw"):
                subtype = kind.decode().upper()
            elif kind == b"raw ":
                subtype = "PCM_U8"
        elif name == b"SSND" and channels:
            file.seek(begin)
            offset = struct.unpack(">I", file.read(4))[0]
            return _format(rate, channels, "AIFF", subtype, None if size is None else size - 8 - offset)
    return None


def _extended(exponent: int, mantissa: int) -> int:
    """Return an 80-bit floating-point number, whose exponent is biased by 16383, as a whole number."""
    shift = 63 - (exponent - 16383)
    return mantissa >> shift if 0 <= shift < 64 else 0


def _flac(file: BinaryIO) -> AudioFormat | None:
    head = file.read(42)
    if len(head) < 42 or head[4] & 0x7F:
        return None
    packed = int.from_bytes(head[18:26], "big")
    rate, channels, bits = packed >> 44, (packed >> 41 & 7) + 1, (packed >> 36 & 31) + 1
    samples = packed & 0xFFFFFFFFF or UNKNOWN
    return AudioFormat(rate, channels, samples, "FLAC", _PCM.get(bits // 8, "OTHER") if bits % 8 == 0 else "OTHER")


def _au(file: BinaryIO) -> AudioFormat | None:
    head = file.read(24)
    begin, size, encoding, rate, channels = struct.unpack("<5I" if head[:4] == b"dns." else ">5I", head[4:])
    there = file.seek(0, 2) - begin
    streamed = size >= 0xFFFFF000
    return _format(rate, channels, "AU", _AU.get(encoding), there if streamed else size)


def _caf(file: BinaryIO) -> AudioFormat | None:
    desc = b""
    for name, begin, size in chunks_64(file, 8, ">4sq", includes_head=False):
        if name == b"desc":
            file.seek(begin)
            desc = file.read(32)
        elif name == b"data" and desc:
            rate, kind, flags, block, _, channels, _ = struct.unpack(">d4sIIIII", desc)
            width = block // channels
            known = {b"ulaw": "ULAW", b"alaw": "ALAW"}.get(kind)
            if kind == b"lpcm":
                known = _FLOAT.get(width) if flags & 1 else _PCM.get(width)
            return _format(int(rate), channels, "CAF", known, None if size is None else size - 4)
    return None


def _format(rate: int, channels: int, container: str, subtype: str | None, size: int | None) -> AudioFormat:
    """Return a format whose samples take ``size`` bytes."""
    samples = UNKNOWN
    if subtype is not None and size is not None:
        samples = max(0, size) // (_WIDTHS[subtype] * channels)
    return AudioFormat(rate, channels, samples, container, subtype or "OTHER")


_READERS: dict[bytes, Callable[[BinaryIO], AudioFormat | None]] = {
    b"RIFF": _wav,
    b"RIFX": _wav,
    b"RF64": _wav,
    b"BW64": _wav,
    b"riff": _wav,
    b"FORM": _aiff,
    b"fLaC": _flac,
    b".snd": _au,
    b"dns.": _au,
    b"caff": _caf,
}
