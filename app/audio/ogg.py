"""Ogg files as libsndfile must see them: it hears only the first of several joined, no FLAC, and no end without a mark.

Pages: RFC 3533. FLAC in Ogg is a native FLAC in the pages' contents, behind nine bytes of its own (RFC 9639, 10.1).
"""

from __future__ import annotations

import mmap
import struct
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from app.audio.parts import Part, Span

_HEAD = 27
_CONTINUED, _FIRST, _LAST = 1, 2, 4
"""Flags of a page: it begins within a packet; it is the first or last one of its stream."""

_FLAC = b"\x7fFLAC"
_FLAC_OWN = 9
_SOUND = (b"\x01vorbis", b"OpusHead", b"Speex   ", _FLAC)
"""How the first packet of a stream of sound begins."""


@dataclass(frozen=True)
class _Page:
    at: int
    flags: int
    serial: int
    head: int
    size: int


@dataclass
class _Stream:
    """Pages of one stream, in order."""

    flac: bool
    pages: list[_Page] = field(default_factory=list)

    @property
    def heads(self) -> int:
        """How many of them, at least, hold no sound."""
        return 1 if self.flac else 2


def ogg_links(path: Path) -> list[Sequence[Part]]:
    """Return each sound in an Ogg file as a file of its own: several where files were joined.

    Of streams that run beside each other, the first one of sound is taken.

    Raises:
        OSError: the file cannot be read.
    """
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
        return [_parts(stream, data) for stream in _streams(data) if len(stream.pages) > stream.heads]


def _streams(data: mmap.mmap) -> list[_Stream]:
    found: list[_Stream] = []
    serial: int | None = None
    beginning = False
    for page in _pages(data):
        if page.flags & _FIRST:
            if not beginning:
                serial = None
            beginning = True
            if serial is None and _sound(data, page):
                serial = page.serial
                found.append(_Stream(_content(data, page).startswith(_FLAC)))
        else:
            beginning = False
        if serial == page.serial:
            found[-1].pages.append(page)
    return found


def _content(data: mmap.mmap, page: _Page) -> bytes:
    """Return how a page's content begins."""
    return data[page.at + page.head : page.at + min(page.size, page.head + 8)]


def _sound(data: mmap.mmap, page: _Page) -> bool:
    return _content(data, page).startswith(_SOUND)


def _pages(data: mmap.mmap) -> Iterator[_Page]:
    """Yield the complete pages."""
    at = data.find(b"OggS")
    while at >= 0 and len(data) >= at + _HEAD:
        flags, serial, lengths = data[at + 5], struct.unpack_from("<I", data, at + 14)[0], data[at + 26]
        head = _HEAD + lengths
        size = head + sum(data[at + _HEAD : at + head])
        if data[at + 4] == 0 and at + size <= len(data):
            yield _Page(at, flags, serial, head, size)
            # What lies between pages is nothing; a page that is damaged may hold the next one.
            at = at + size if data[at + size : at + size + 4] == b"OggS" else data.find(b"OggS", at + 4)
        else:
            at = data.find(b"OggS", at + 4)


def _parts(stream: _Stream, data: mmap.mmap) -> list[Part]:
    """Put a stream's pages together as a file, whose last page is marked as such."""
    if stream.flac:
        spans = [Span(page.at + page.head, page.size - page.head) for page in stream.pages]
        own = Span(spans[0].start + _FLAC_OWN, spans[0].size - _FLAC_OWN)
        return [own, *spans[1:]] if own.size > 0 else []
    *others, last = stream.pages
    if not last.flags & _LAST and not _is_whole(data[last.at : last.at + last.size]) and len(others) > 1:
        *others, last = others  # cut short where another file was joined to it
    parts: list[Part] = [*_merged(others)]
    end = data[last.at : last.at + last.size]
    if not last.flags & _LAST:
        end = _marked(end, _opus_end(end, others, data) if _content(data, stream.pages[0]) == b"OpusHead" else None)
    return [*parts, end]


def _merged(pages: Sequence[_Page]) -> list[Span]:
    """Return the pages' places, those that touch as one."""
    spans: list[Span] = []
    for page in pages:
        if spans and spans[-1].start + spans[-1].size == page.at:
            spans[-1] = Span(spans[-1].start, spans[-1].size + page.size)
        else:
            spans.append(Span(page.at, page.size))
    return spans


def _marked(page: bytes, samples: int | None) -> bytes:
    """Return a page as the last one of its stream, with the samples to its end if given, and its new checksum."""
    marked = bytearray(page)
    marked[5] |= _LAST
    if samples is not None:
        struct.pack_into("<q", marked, 6, samples)
    marked[22:26] = bytes(4)
    struct.pack_into("<I", marked, 22, _checksum(marked))
    return bytes(marked)


def _opus_end(page: bytes, before: Sequence[_Page], data: mmap.mmap) -> int | None:
    """Return the samples to the end of a last page without the mark that lets it end within a packet (RFC 7845, 4.4).

    ``None`` where it begins within a packet.
    """
    if page[5] & _CONTINUED:
        return None
    samples = struct.unpack_from("<q", data, before[-1].at + 6)[0]
    at, length = _HEAD + page[26], 0
    for lacing in page[_HEAD:at]:
        length += lacing
        if lacing < 255:
            samples += _opus_samples(page[at : at + length])
            at, length = at + length, 0
    return int(max(samples, struct.unpack_from("<q", page, 6)[0]))


def _opus_samples(packet: bytes) -> int:
    """Return the samples at 48 kHz of an Opus packet (RFC 6716, 3.1)."""
    if len(packet) < 2:
        return 0
    kind, frames = packet[0] >> 3, (1, 2, 2, packet[1] & 63)[packet[0] & 3]
    sizes = (480, 960, 1920, 2880) if kind < 12 else (480, 960, 480, 960) if kind < 16 else (120, 240, 480, 960)
    return frames * sizes[kind & 3]


def _is_whole(page: bytes) -> bool:
    return _checksum(page[:22] + bytes(4) + page[26:]) == int.from_bytes(page[22:26], "little")


def _checksum(data: bytes | bytearray) -> int:
    value = 0
    for byte in data:
        value = value << 8 & 0xFFFFFFFF ^ _TABLE[value >> 24 ^ byte]
    return value


def _entry(value: int) -> int:
    value <<= 24
    for _ in range(8):
        value = value << 1 & 0xFFFFFFFF ^ (0x04C11DB7 if value >> 31 else 0)
    return value


_TABLE = [_entry(number) for number in range(256)]
