"""The records of a zip file, found without believing what it says of itself. Standard library only.

A zip says everything twice, in a table at its end and in front of each record. Torch believes the table; here both must
agree, records may not overlap, and every byte must belong to one, so that there is one reading of the file only.
The format: PKWARE, "APPNOTE.TXT - .ZIP File Format Specification", version 6.3.
"""

from __future__ import annotations

import os
import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

from app.audacitorch.archive.refusals import damaged, refused, shown

MOST_RECORDS = 65_535
MOST_TABLE = 16 * 2**20
"""Bytes of the table; with :data:`MOST_RECORDS` what bounds the time and memory of reading it."""

STORED, DEFLATED = 0, 8

_END = struct.Struct("<4s4H2LH")
_LOCATOR = struct.Struct("<4sLQL")
_END64 = struct.Struct("<4sQ2H2L4Q")
_ENTRY = struct.Struct("<4s6H3L5H2L")
_HEADER = struct.Struct("<4s5H3L2H")
_LONGEST_NAME = 1024
_LONGEST_DESCRIPTOR = 24
_ENCRYPTED = 0x0001 | 0x0040 | 0x2000
_DESCRIBED_LATER = 0x0008


@dataclass(frozen=True)
class Record:
    """One file in the zip.

    Attributes:
        name: as the table has it.
        size: bytes when unpacked, as the table promises.
        packed: bytes in the zip.
        method: :data:`STORED` or :data:`DEFLATED`.
        checksum: CRC-32 of the content, as the table promises.
        start: where its own header begins.
        content: where its content begins.
    """

    name: str
    size: int
    packed: int
    method: int
    checksum: int
    start: int
    content: int


def read_layout(file: BinaryIO) -> tuple[Record, ...]:
    """Return the records of a zip in the order of its table.

    Raises:
        ModelFormatError: it is none, or not in order.
    """
    length = file.seek(0, os.SEEK_END)
    count, table_start, table_end = _find_table(file, length)
    table = _read(file, table_start, table_end - table_start)
    records = tuple(_records(file, table, count, table_start))
    _check_places(records, table_start)
    return records


def read_content(file: BinaryIO, record: Record) -> bytes:
    """Return what a record holds; the caller has looked at its size.

    Raises:
        ModelFormatError: the content is not what the table promises.
    """
    data = _read(file, record.content, record.packed)
    if record.method == DEFLATED:
        unpacking = zlib.decompressobj(-15)
        try:
            data = unpacking.decompress(data, record.size + 1)
        except zlib.error:
            raise damaged(f"its record “{shown(record.name)}” cannot be unpacked") from None
    if len(data) != record.size or zlib.crc32(data) != record.checksum:
        raise damaged(f"its record “{shown(record.name)}” is not what was written")
    return data


def _find_table(file: BinaryIO, length: int) -> tuple[int, int, int]:
    """Return the number of entries, and where the table starts and ends."""
    if length < _END.size:
        raise damaged("it is too short")
    end = length - _END.size
    mark, disk, first_disk, here, count, size, start, comment = _END.unpack(_read(file, end, _END.size))
    if mark != b"PK\x05\x06":
        raise damaged("its end is missing, or something follows it")
    if disk or first_disk or here != count or comment:
        raise damaged("the record at its end is not in order")
    table_end = end
    locator = _read(file, end - _LOCATOR.size, _LOCATOR.size) if end >= _LOCATOR.size else b""
    if locator[:4] == b"PK\x06\x07":
        table_end, long = _read_end64(file, locator, end)
        stated = zip((here, count, size, start), long, (0xFFFF, 0xFFFF, 0xFFFFFFFF, 0xFFFFFFFF))
        if any(short not in (value, limit) for short, value, limit in stated):
            raise damaged("the two records at its end differ")
        _, count, size, start = long
    if start + size != table_end:
        raise damaged("its table of contents is not where its end says")
    if count > MOST_RECORDS or size > MOST_TABLE:
        raise refused(f"it has {count} records, and at most {MOST_RECORDS} are opened")
    return count, start, table_end


def _read_end64(file: BinaryIO, locator: bytes, end: int) -> tuple[int, tuple[int, int, int, int]]:
    _, disk, place, disks = _LOCATOR.unpack(locator)
    if disk or disks not in (0, 1) or place != end - _LOCATOR.size - _END64.size:
        raise damaged("the records at its end are not in order")
    mark, rest, _, _, disk, first_disk, here, count, size, start = _END64.unpack(_read(file, place, _END64.size))
    if mark != b"PK\x06\x06" or rest != _END64.size - 12 or disk or first_disk or here != count:
        raise damaged("the records at its end are not in order")
    return place, (here, count, size, start)


def _records(file: BinaryIO, table: bytes, count: int, table_start: int) -> Iterator[Record]:
    place = 0
    for _ in range(count):
        if place + _ENTRY.size > len(table):
            raise damaged("its table of contents is cut off")
        fields = _ENTRY.unpack_from(table, place)
        mark, _, _, flags, method, _, _, checksum, packed, size = fields[:10]
        name_length, extra_length, comment_length, disk, _, _, start = fields[10:]
        name_start = place + _ENTRY.size
        extra_start = name_start + name_length
        place = extra_start + extra_length + comment_length
        if mark != b"PK\x01\x02" or place > len(table) or disk:
            raise damaged("its table of contents is not in order")
        raw_name = table[name_start:extra_start]
        name = _name(raw_name)
        size, packed, start = _long(table[extra_start : extra_start + extra_length], size, packed, start)
        if flags & _ENCRYPTED or method not in (STORED, DEFLATED) or (method == STORED and packed != size):
            raise damaged(f"its record “{shown(name)}” is packed in a way that torch does not read")
        if start + _HEADER.size + packed > table_start:
            raise damaged(f"its record “{shown(name)}” lies outside of the file")
        content = _check_header(file, raw_name, name, (flags, method, checksum, packed, size), start)
        yield Record(name, size, packed, method, checksum, start, content)
    if place != len(table):
        raise damaged("its table of contents has more entries than it says")


def _name(raw: bytes) -> str:
    try:
        name = raw.decode("utf-8")
    except UnicodeDecodeError:
        raise damaged("the name of a record is not UTF-8") from None
    parts = name.split("/")
    if parts[-1] == "" and len(parts) > 1:
        parts.pop()  # a folder
    if (
        len(raw) > _LONGEST_NAME
        or not name.isprintable()
        or "\\" in name
        or any(part in ("", ".", "..") for part in parts)
        or parts[0].endswith(":")
    ):
        raise refused(f"the name of its record “{shown(name)}” leads elsewhere")
    return name


def _long(extra: bytes, size: int, packed: int, start: int) -> tuple[int, int, int]:
    """Return the sizes and the place, of which those too large for 32 bits stand in a field of their own."""
    values = [size, packed, start]
    missing = [index for index, value in enumerate(values) if value == 0xFFFFFFFF]
    place = 0
    while place + 4 <= len(extra):
        kind, length = struct.unpack_from("<2H", extra, place)
        place += 4
        if place + length > len(extra):
            break
        if kind == 1 and missing:
            if length < 8 * len(missing):
                break
            for number, index in enumerate(missing):
                (values[index],) = struct.unpack_from("<Q", extra, place + 8 * number)
            missing = []
        place += length
    if missing:
        raise damaged("the sizes of a record are missing")
    return values[0], values[1], values[2]


def _check_header(
    file: BinaryIO, raw_name: bytes, name: str, expected: tuple[int, int, int, int, int], start: int
) -> int:
    """Return where the content begins; the record's own header must say what the table says."""
    flags, method, checksum, packed, size = expected
    header = _read(file, start, _HEADER.size + len(raw_name))
    fields = _HEADER.unpack_from(header)
    mark, _, own_flags, own_method, _, _, own_checksum, own_packed, own_size, name_length, extra_length = fields
    same = mark == b"PK\x03\x04" and header[_HEADER.size :] == raw_name and name_length == len(raw_name)
    same = same and (own_flags, own_method) == (flags, method)
    # With the flag, torch leaves these at 0 and writes them behind the record; a large one has all ones.
    free = {0} if flags & _DESCRIBED_LATER else set()
    same = same and own_checksum in {checksum, *free}
    same = same and own_packed in {packed, 0xFFFFFFFF, *free} and own_size in {size, 0xFFFFFFFF, *free}
    if not same:
        raise damaged(f"its record “{shown(name)}” differs from the table of contents")
    return start + _HEADER.size + len(raw_name) + int(extra_length)


def _check_places(records: tuple[Record, ...], table_start: int) -> None:
    end = 0
    for record in sorted(records, key=lambda item: item.start):
        if record.start < end:
            raise refused("records of it overlap")
        if record.start > end + (_LONGEST_DESCRIPTOR if end else 0):
            raise damaged("bytes of it belong to no record")
        end = record.content + record.packed
    if not end <= table_start <= end + _LONGEST_DESCRIPTOR:
        raise damaged("its records and its table of contents do not meet")


def _read(file: BinaryIO, start: int, length: int) -> bytes:
    if start < 0:
        raise damaged("it is too short")
    file.seek(start)
    data = file.read(length)
    if len(data) != length:
        raise damaged("it ends too early")
    return data
