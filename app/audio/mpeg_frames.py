"""The frames of an MP3: where they are, and how many. Layout: ISO/IEC 11172-3 and 13818-3, Layer III.

Whatever else lies before, between or behind them (tags, pictures, zeros, a part of a frame) is passed over, however
long it is.
"""

from __future__ import annotations

import mmap
from dataclasses import dataclass

from app.audio.parts import Span
from app.errors import AudioFileError

_RATES = (44100, 48000, 32000)
_KBITS = (0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320)
_KBITS_LOW = (0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160)
_SAME = 0xFFFE0C00
"""Bits of a header that all frames of a stream share: mark, version, layer and rate; beside whether it is mono."""

_FOOTER = 0x10
"""Flag of an ID3v2 tag with ten bytes behind it."""

_SURE = 3
"""Frames in a row that are no accident."""
_FOREIGN = 8
"""Frames in a row of another rate or version that are sound, and not something that looks like it."""


@dataclass(frozen=True)
class Frames:
    """Where the frames of a stream lie.

    Attributes:
        count: how many there are, the last one perhaps cut short.
        runs: where they follow each other without anything between them.
        cut: the last one, where it is cut short; it is in none of ``runs``.
    """

    count: int
    runs: tuple[Span, ...]
    cut: Span | None = None


def frame_header(data: mmap.mmap | bytes, at: int) -> int:
    """Return the four bytes of a header."""
    return int.from_bytes(data[at : at + 4], "big")


def frame_rate(header: int) -> int:
    """Return the sample rate (Hz) of a valid frame; versions 2 and 2.5 have a half and a quarter of version 1's."""
    return _RATES[header >> 10 & 3] >> {3: 0, 2: 1, 0: 2}[header >> 19 & 3]


def frame_samples(header: int) -> int:
    """Return how many samples per channel a frame holds."""
    return 1152 if header >> 19 & 3 == 3 else 576


def frame_size(header: int) -> int:
    """Return the bytes of a Layer III frame, 0 where this is no header of one (or of one of free bit rate)."""
    version, rate = header >> 19 & 3, header >> 10 & 3
    kbits = header >> 12 & 15
    if header >> 21 != 0x7FF or header >> 17 & 3 != 1 or version == 1 or rate == 3 or kbits in (0, 15):
        return 0
    padding = header >> 9 & 1
    if version == 3:
        return 144_000 * _KBITS[kbits] // frame_rate(header) + padding
    return 72_000 * _KBITS_LOW[kbits] // frame_rate(header) + padding


def side_size(header: int) -> int:
    """Return the bytes between a frame's header and its sound."""
    mono = header >> 6 & 3 == 3
    if header >> 19 & 3 == 3:
        return 17 if mono else 32
    return 9 if mono else 17


def reaches_back(side: bytes, header: int) -> int:
    """Return how many bytes of the frames before hold sound of this one; ``side`` are its :func:`side_size` bytes."""
    return int.from_bytes(side[:2], "big") >> (7 if header >> 19 & 3 == 3 else 8)


def sound_size(side: bytes, header: int) -> int:
    """Return how many bytes this frame's sound takes, there and in the frames before."""
    channels = 1 if header >> 6 & 3 == 3 else 2
    # Before the parts, of which each begins with its size in 12 bits, stand one or two further fields.
    start, width, parts = (8 + channels, 63, channels)
    if header >> 19 & 3 == 3:
        start, width, parts = (18 if channels == 1 else 20), 59, 2 * channels
    bits = int.from_bytes(side, "big")
    sizes = (bits >> (8 * len(side) - start - width * number - 12) & 0xFFF for number in range(parts))
    return -(-sum(sizes) // 8)


def tags_end(data: mmap.mmap) -> tuple[int, bool]:
    """Return the end of the ID3v2 tags at the start, and whether libsndfile finds it: behind one without a footer."""
    at, plain = 0, True
    while data[at : at + 3] == b"ID3" and len(data) >= at + 10 and max(data[at + 6 : at + 10]) < 0x80:
        plain = at == 0 and not data[at + 5] & _FOOTER
        size = data[at + 6] << 21 | data[at + 7] << 14 | data[at + 8] << 7 | data[at + 9]
        at += 10 + size + (10 if data[at + 5] & _FOOTER else 0)
    return at, plain


def count_frames(data: mmap.mmap, at: int, like: int) -> Frames:
    """Count the frames, from ``at`` on, of the stream that the header ``like`` is of.

    Raises:
        AudioFileError: frames of another rate or version follow, which cannot be one sound with these.
    """
    sizes: dict[int, int] = {}
    count, runs, cut = 0, [], None
    place: int | None = at
    while place is not None:
        begin = at = place
        while at + 4 <= len(data):
            header = frame_header(data, at)
            if (size := sizes.get(header)) is None:
                size = sizes[header] = frame_size(header) if _alike(header, like) else 0
            if not size:
                break
            count += 1
            if at + size > len(data):
                cut = Span(at, len(data) - at)
                break
            at += size
        if at > begin:
            runs.append(Span(begin, at - begin))
        if cut:
            break
        place = _next_like(data, at, like)
    return Frames(count, tuple(runs), cut)


def _next_like(data: mmap.mmap, at: int, like: int) -> int | None:
    """Return where the next frame of a stream is; refuse those of another one."""
    found = next_frame(data, at)
    while found is not None and not _alike(header := frame_header(data, found), like):
        if _in_a_row(data, found, _FOREIGN):
            kinds = f"{_told(like)}, then {_told(header)}"
            raise AudioFileError(
                f"The file is several MP3 files joined, of different kinds ({kinds}); send each by itself."
            )
        found = next_frame(data, found + 1)
    return found


def _told(header: int) -> str:
    return f"{'mono' if header >> 6 & 3 == 3 else 'stereo'} at {frame_rate(header)} Hz"


def _alike(header: int, like: int) -> bool:
    return (header ^ like) & _SAME == 0 and (header >> 6 & 3 == 3) == (like >> 6 & 3 == 3)


def next_frame(data: mmap.mmap, at: int) -> int | None:
    """Return where the next frame begins that others follow, or that ends with the file."""
    end = len(data) - 4
    while (at := data.find(b"\xff", at, end)) >= 0:
        if data[at + 1] >= 0xE0 and _in_a_row(data, at, _SURE):
            return at
        at += 1
    return None


def _in_a_row(data: mmap.mmap, at: int, wanted: int) -> bool:
    """Whether so many frames of one stream follow each other, or fewer up to the file's end."""
    like = frame_header(data, at)
    for number in range(wanted):
        if at + 4 > len(data):
            return at <= len(data) or number > 1
        header = frame_header(data, at)
        if not _alike(header, like) or not (size := frame_size(header)):
            # What may stand behind the last frame of all.
            return number > 0 and data[at : at + 3] in (b"TAG", b"ID3", b"APE")
        at += size
    return True
