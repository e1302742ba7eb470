"""MP3 files as libsndfile must see them, to hear in each what ffmpeg and browsers hear.

libsndfile reads no more of an MP3 than its first frame promises (a “Xing”, “Info” or “VBRI” header), or, where that
promises nothing, than a file of constant bit rate would hold: the rest is silently lost. It opens no file that begins
with anything but a frame or a plain tag, and tells of no end that is missing. So the frames are counted here, and it
gets them behind a first one that promises them all.

One rule says where the sound begins and ends: a header is no sound, if it stands where it should, right at the start or
behind the tags; the samples that an encoder says it added (in what LAME put behind “Xing”) are left out, with the
decoder's own 529; where none says so, nothing is left out.
"""

from __future__ import annotations

import mmap
import struct
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from app.audio.mpeg_frames import (
    count_frames,
    frame_header,
    frame_rate,
    frame_samples,
    frame_size,
    next_frame,
    reaches_back,
    side_size,
    sound_size,
    tags_end,
)
from app.audio.parts import Part, Span
from app.errors import AudioFileError

_MISSING = 1.0
"""Seconds that may be missing of what is promised: encoders and editors do not count alike."""

_DECODER_DELAY = 529
"""Samples that any decoder adds in front; libsndfile leaves them out wherever a first frame promises something."""

_CHECKSUM = 2
"""Bytes of a frame's checksum, behind its header, where it has one."""

_XING = (b"Xing", b"Info")
_ENCODERS = (b"LAME", b"Lavf", b"Lavc")
"""Who writes down how many samples were added, as ffmpeg believes it."""


@dataclass(frozen=True)
class _Header:
    """A first frame that tells of the others.

    Attributes:
        frames: how many it promises; None where it does not say.
        added: samples that the encoder put in front and behind; None where it does not say.
    """

    frames: int | None
    added: tuple[int, int] | None


@dataclass(frozen=True)
class MpegParts:
    """What libsndfile must read instead of the file.

    Attributes:
        parts: what it is put together of.
        notice: what is odd about the file, ``""`` where nothing is.
    """

    parts: Sequence[Part]
    notice: str = ""


def mpeg_parts(path: Path) -> MpegParts | None:
    """Return what must be read so that all of an MP3 is heard, and in its place; None where it is the file as it is.

    None also for what holds no frames.

    Raises:
        AudioFileError: its end is missing, or it goes on with sound of another kind.
        OSError: the file cannot be read.
    """
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
        end_of_tags, plain = tags_end(data)
        start = next_frame(data, end_of_tags)
        if start is None:
            return None
        first = frame_header(data, start)
        behind = start + frame_size(first)
        told = _read_header(data[start:behind], first)
        promised = told.frames if told else None
        # Behind anything else than tags, ffmpeg and browsers take a header for a frame of sound.
        misplaced = told is not None and start > end_of_tags
        frames = count_frames(data, start if told is None or misplaced else behind, first)
        count, runs = frames.count, list(frames.runs)
        if promised is not None:
            _check_end(promised, count, first)
        added = told.added if told and not misplaced else None
        if added and promised is not None and promised >= count and len(runs) == 1 and plain and not frames.cut:
            return None
        if added and (len(runs) > 1 or _header_within(data, behind)):
            added = added[0], _DECODER_DELAY  # what was added behind the first of several files is not at the end
        # What was added behind the sound is not there where the last frames are missing.
        beginning = _beginning(first, max(count, promised or 0) if added else count, added)
        if runs:
            orphans, runs[0] = _without_orphans(data, runs[0])
            beginning += orphans
        notice = _notice(promised, count, len(runs), first)
        if misplaced:
            notice = (
                f"The MP3 file begins with {start - end_of_tags} bytes that are no sound; its header behind them was "
                "not heeded, as in browsers."
            )
        end = [_completed(data[frames.cut.start :], first)] if frames.cut else []
        return MpegParts([*beginning, *runs, *end], notice)


def _check_end(promised: int, count: int, header: int) -> None:
    """Refuse a file that holds much fewer frames like ``header`` than it promises."""
    seconds = (promised - count) * frame_samples(header) / frame_rate(header)
    if seconds > _MISSING:
        raise AudioFileError(
            f"The file is cut short: {seconds:.1f} s that its header promises are missing; send the complete file."
        )


def _notice(promised: int | None, count: int, runs: int, header: int) -> str:
    """Say what of a file could be understood in two ways, and how it was."""
    if runs > 1:
        return f"The MP3 file holds {runs} pieces with something else between them; all were read, one after the other."
    if promised is not None and count > promised:
        second = frame_samples(header) / frame_rate(header)
        return (
            f"The MP3 file’s header tells of {promised * second:.1f} s of sound, and {count * second:.1f} s are there: "
            "all was read."
        )
    return ""


def _read_header(frame: bytes, header: int) -> _Header | None:
    """Read what a first frame tells of the others; None where it is one of sound."""
    at = 4 + side_size(header)
    if frame[at : at + 4] in _XING and len(frame) >= at + 16:
        flags = frame[at + 7]
        counts = struct.unpack_from(">II", frame, at + 8)
        frames = counts[0] if flags & 1 else 0
        size = counts[flags & 1] if flags & 2 else 0
        if not frames and not size:
            return None
        behind = at + 8 + 4 * (flags & 1) + 2 * (flags & 2) + 25 * (flags & 4) + (flags & 8) // 2
        return _Header(frames or None, _added(frame[behind : behind + 24]))
    if frame[36:42] == b"VBRI\0\1" and len(frame) >= 54:
        return _Header(struct.unpack_from(">I", frame, 50)[0] or None, None)
    return None


def _added(tag: bytes) -> tuple[int, int] | None:
    """Return how many samples the encoder put in front and behind, from what stands behind the number of frames."""
    if len(tag) < 24 or tag[:4] not in _ENCODERS:
        return None
    both = int.from_bytes(tag[21:24], "big")
    return both >> 12, both & 0xFFF


def _header_within(data: mmap.mmap, at: int) -> bool:
    """Whether a frame that tells of others lies behind ``at``: another file begins there."""
    for name in _XING:
        place = at
        while (place := data.find(name, place + 1)) >= 0:
            for side in (9, 17, 32):
                header = frame_header(data, place - 4 - side)
                if frame_size(header) and side_size(header) == side:
                    return True
    return False


def _beginning(header: int, count: int, added: tuple[int, int] | None) -> list[bytes]:
    """Make the frames that ``count`` further ones must follow, without checksums.

    libsndfile leaves out 529 samples of whatever a first frame promises: where nothing is to be left out, a silent
    frame precedes the sound, and goes with them.
    """
    header = header & ~0xF200 | 0x10000
    silent = []
    if added is None:
        silent = [_frame(header | 0x1000)]
        count, added = count + 1, (frame_samples(header) - _DECODER_DELAY, _DECODER_DELAY)
    first = bytearray(_frame(header | 0x9000))  # 128 or 80 kbit/s: long enough
    tag = b"LAME3.100".ljust(21, b"\0") + (added[0] << 12 | added[1]).to_bytes(3, "big")
    struct.pack_into(">4sII24s", first, 4 + side_size(header), b"Xing", 1, count, tag)
    return [bytes(first), *silent]


def _without_orphans(data: mmap.mmap, run: Span) -> tuple[list[bytes], Span]:
    """Silence the first frames that need what frames before them held, which are not there: they would come as noise.

    Returns:
        Those frames, and what follows them.
    """
    frames: list[bytes] = []
    at, end, held = run.start, run.start + run.size, 0
    while end - at > 4 + _CHECKSUM + 32:
        header = frame_header(data, at)
        size, side = frame_size(header), at + 4 + _checksum_size(header)
        sound = side + side_size(header)
        if reaches_back(data[side:sound], header) <= held:
            break
        held += at + size - sound
        frames.append(data[at:side] + bytes(sound - side) + data[sound : at + size])
        at += size
    return frames, Span(at, end - at)


def _completed(cut: bytes, like: int) -> bytes:
    """Complete a last frame that is cut short: silent, unless its sound is there (libsndfile would hear nothing)."""
    header = frame_header(cut, 0)
    at = 4 + _checksum_size(header)
    side = cut[at : at + side_size(header)]
    if len(side) == side_size(header):
        there = len(cut) - at - len(side) + reaches_back(side, header)
        if sound_size(side, header) <= there:
            return cut.ljust(frame_size(header), b"\0")
    return _frame(like & ~0xF200 | 0x11000)


def _checksum_size(header: int) -> int:
    return 0 if header & 0x10000 else _CHECKSUM


def _frame(header: int) -> bytes:
    """Make a frame without sound."""
    return header.to_bytes(4, "big").ljust(frame_size(header), b"\0")
