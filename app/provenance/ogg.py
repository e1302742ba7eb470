"""Ogg (RFC 3533) with Vorbis or Opus (RFC 7845): a comment in the stream's second packet.

Only the pages of the headers are made anew, as many as there were, so that no other page changes its number.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import BinaryIO

from app.audio.parts import Span
from app.provenance.chunked import MOST_BYTES
from app.provenance.comments import text_in, with_text
from app.provenance.rebuilding import rebuild, size_of
from app.provenance.record import Provenance

_HEAD = 27
_CONTINUED, _FIRST = 1, 2
_MOST_LACES = 255
_MOST_PAGES = 10_000
_KINDS = {b"\x01vorbis": (b"\x03vorbis", 2), b"OpusHead": (b"OpusTags", 1)}
"""How the first packet begins, how the one with the comments does, and how many headers follow the first."""


@dataclass(frozen=True)
class _Headers:
    """The headers behind the first page of a file.

    Attributes:
        start: where their pages begin.
        end: where the sound's do.
        serial: the stream's number.
        pages: how many they are.
        packets: the headers, the comments first.
        mark: how the comments begin.
    """

    start: int
    end: int
    serial: bytes
    pages: int
    packets: tuple[bytes, ...]
    mark: bytes


def read_ogg(file: BinaryIO) -> str | None:
    """Return the text of a file; ``None`` where it has none."""
    found = _headers(file)
    return None if found is None else text_in(found.packets[0][len(found.mark) :])


def write_ogg(path: Path, made: Provenance) -> bool:
    """Write where a file came from into it; whether it could be."""
    with path.open("rb") as file:
        found, end = _headers(file), size_of(file)
    comment = None if found is None else with_text(found.packets[0][len(found.mark) :], made)
    if found is None or comment is None:
        return False
    pages = _paged((found.mark + comment, *found.packets[1:]), found)
    if pages is None:
        return False
    rebuild(path, [Span(0, found.start), pages, Span(found.end, end - found.end)])
    return True


def _headers(file: BinaryIO) -> _Headers | None:
    """Return the headers of the stream; ``None`` where they do not end with a page, or another stream lies between."""
    first = _page(file, 0)
    if first is None or not first[0][5] & _FIRST:
        return None
    kind = next((kind for kind in _KINDS if first[2].startswith(kind)), None)
    if kind is None:
        return None
    mark, count = _KINDS[kind]
    serial, start = first[0][14:18], _HEAD + len(first[1]) + len(first[2])
    packets: list[bytes] = []
    waiting, at, pages, total = bytearray(), start, 0, 0
    while len(packets) < count:
        page = _page(file, at)
        if page is None or page[0][14:18] != serial or page[0][5] & _FIRST:
            return None
        head, laces, body = page
        pages, total, taken = pages + 1, total + len(body), 0
        at += len(head) + len(laces) + len(body)
        if total > MOST_BYTES or pages > _MOST_PAGES:
            return None
        for lace in laces:
            waiting += body[taken : taken + lace]
            taken += lace
            if lace < _MOST_LACES:
                packets.append(bytes(waiting))
                waiting.clear()
    if waiting or len(packets) != count or not packets[0].startswith(mark):
        return None
    return _Headers(start, at, serial, pages, tuple(packets), mark)


def _page(file: BinaryIO, at: int) -> tuple[bytes, bytes, bytes] | None:
    """Return the head, the lacing values and the body of a page; ``None`` where there is no whole one."""
    file.seek(at)
    head = file.read(_HEAD)
    if len(head) < _HEAD or head[:4] != b"OggS":
        return None
    laces = file.read(head[26])
    body = file.read(sum(laces))
    return (head, laces, body) if len(laces) == head[26] and len(body) == sum(laces) else None


def _paged(packets: Sequence[bytes], old: _Headers) -> bytes | None:
    """Return packets in as many pages as there were; ``None`` where they do not fit."""
    laces: list[int] = []
    for packet in packets:
        laces += [_MOST_LACES] * (len(packet) // _MOST_LACES) + [len(packet) % _MOST_LACES]
    if not old.pages <= len(laces) <= old.pages * _MOST_LACES:
        return None
    data, made, at, used = b"".join(packets), bytearray(), 0, 0
    for number in range(old.pages):
        count = -(-(len(laces) - used) // (old.pages - number))
        mine = laces[used : used + count]
        continued = used > 0 and laces[used - 1] == _MOST_LACES
        used += count
        body = data[at : at + sum(mine)]
        at += len(body)
        # A page in which no packet ends has no time.
        time = 0 if any(lace < _MOST_LACES for lace in mine) else -1
        flags = _CONTINUED if continued else 0
        head = struct.pack("<4sBBq4sII", b"OggS", 0, flags, time, old.serial, number + 1, 0)
        page = head + bytes([count]) + bytes(mine) + body
        made += page[:22] + struct.pack("<I", _checksum(page)) + page[26:]
    return bytes(made)


@lru_cache(maxsize=1)
def _table() -> tuple[int, ...]:
    rows = []
    for byte in range(256):
        row = byte << 24
        for _ in range(8):
            row = (row << 1 ^ (0x04C11DB7 if row & 0x80000000 else 0)) & 0xFFFFFFFF
        rows.append(row)
    return tuple(rows)


def _checksum(page: bytes) -> int:
    """Return a page's CRC-32, whose own field counts as zero."""
    table, value = _table(), 0
    for byte in page:
        value = value << 8 & 0xFFFFFFFF ^ table[value >> 24 ^ byte]
    return value
