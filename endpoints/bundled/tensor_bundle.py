"""Reads the tensors of a TensorFlow checkpoint (a "tensor bundle") without TensorFlow.

A checkpoint is two files: an index, which is a table as LevelDB writes it, of names and of where each tensor lies; and
the data, the tensors' numbers one after the other. Formats: LevelDB's ``doc/table_format.md``; TensorFlow's
``tensor_bundle.proto`` and ``tensor_shape.proto``, of which the fields that matter are read here.

Everything is looked at once, and nothing larger than the files themselves is made: a damaged index costs an error.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from app.errors import HarpistError

_MAGIC = 0xDB4775248B80FB57
_FOOTER, _TRAILER = 48, 5
"""Bytes at the end of a table, and behind each of its blocks (how it is compressed, and a checksum)."""
_LONGEST_INDEX, _LONGEST_NAME, _MOST_DIMENSIONS = 1 << 22, 1 << 10, 8
"""Bytes of an index and of a tensor's name, and dimensions, beyond which it is taken for damaged."""
_FLOAT32 = 1
"""``DT_FLOAT`` of TensorFlow's ``types.proto``."""


class TensorBundleError(HarpistError):
    """A checkpoint that cannot be read; the sentence says what is wrong."""


@dataclass(frozen=True)
class _Place:
    """Where a tensor lies: its type's number, its dimensions, and bytes of the data."""

    type: int
    shape: tuple[int, ...]
    shard: int
    offset: int
    size: int


def read_tensors(index: bytes, data: bytes) -> dict[str, NDArray[np.float32]]:
    """Return all 32-bit float tensors of a checkpoint by their names; others, such as the step counter, are left out.

    Args:
        index: content of the file that ends with ``.index``.
        data: content of the one that ends with ``.data-00000-of-00001``.

    Raises:
        TensorBundleError: the index is none, is damaged or compressed, or names bytes that the data do not have.
    """
    tensors = {}
    total = 0
    for name, place in _places(index).items():
        if place.type != _FLOAT32:
            continue
        if place.shard != 0:
            raise TensorBundleError("The checkpoint lies in several data files; one is expected.")
        if place.size != 4 * math.prod(place.shape):
            raise TensorBundleError(f"The checkpoint's {_shown(name)} has another size than its shape says.")
        if place.offset + place.size > len(data):
            raise TensorBundleError(f"The checkpoint's {_shown(name)} lies beyond the end of its data.")
        total += place.size
        if total > len(data):
            raise _damaged("its tensors share bytes")
        numbers = np.frombuffer(data, "<f4", place.size // 4, place.offset)
        tensors[name] = numbers.reshape(place.shape).astype(np.float32)
    return tensors


def _places(index: bytes) -> dict[str, _Place]:
    places = {}
    for key, value in _table(index):
        if not key:
            _check_header(value)
            continue
        try:
            name = key.decode("utf-8")
        except UnicodeDecodeError:
            raise _damaged("a name is no text") from None
        places[name] = _place(value)
    return places


def _check_header(value: bytes) -> None:
    fields = _fields(value)
    if _number(fields, 1) > 1:
        raise TensorBundleError("The checkpoint lies in several data files; one is expected.")
    if _number(fields, 2) != 0:
        raise TensorBundleError("The checkpoint's numbers are big-endian; little-endian ones are expected.")


def _place(value: bytes) -> _Place:
    fields = _fields(value)
    if 7 in fields:
        raise TensorBundleError("The checkpoint has a tensor in slices; whole ones are expected.")
    shape: list[int] = []
    for message in fields.get(2, [])[-1:]:
        dimensions = _fields(_bytes(message)).get(2, [])
        shape += [_number(_fields(_bytes(dimension)), 1) for dimension in dimensions]
    if len(shape) > _MOST_DIMENSIONS:
        raise _damaged("a tensor has too many dimensions")
    return _Place(_number(fields, 1), tuple(shape), _number(fields, 3), _number(fields, 4), _number(fields, 5))


def _table(content: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Yield each key and value of a LevelDB table."""
    if len(content) > _LONGEST_INDEX:
        raise TensorBundleError(f"The checkpoint's index is longer than {_LONGEST_INDEX >> 20} MiB.")
    if len(content) < _FOOTER or int.from_bytes(content[-8:], "little") != _MAGIC:
        raise TensorBundleError("The checkpoint's index is no LevelDB table.")
    footer = content[-_FOOTER:]
    _, at = _handle(footer, 0)  # of the block of filters, which nobody needs here
    top, _ = _handle(footer, at)
    last = 0
    for _, value in _entries(_block(content, top)):
        handle, _ = _handle(value, 0)
        # Each block once, in order: else a small file could name one large block a thousand times.
        if handle[0] < last:
            raise _damaged("its blocks are not in order")
        last = sum(handle)
        yield from _entries(_block(content, handle))


def _block(content: bytes, handle: tuple[int, int]) -> bytes:
    start, size = handle
    if start + size + _TRAILER > len(content) - _FOOTER:
        raise _damaged("a block lies beyond its end")
    if content[start + size] != 0:
        raise TensorBundleError("The checkpoint's index is compressed; one that is not is expected.")
    return content[start : start + size]


def _entries(block: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Yield keys, each told by what it shares with the one before, and values; places to start from follow them."""
    if len(block) < 4:
        raise _damaged("a block is too short")
    end = len(block) - 4 - 4 * int.from_bytes(block[-4:], "little")
    if end < 0:
        raise _damaged("a block is too short")
    at, key = 0, b""
    while at < end:
        shared, at = _varint(block, at)
        own, at = _varint(block, at)
        length, at = _varint(block, at)
        if shared > len(key) or at + own + length > end or shared + own > _LONGEST_NAME:
            raise _damaged("an entry does not fit")
        key = key[:shared] + block[at : at + own]
        yield key, block[at + own : at + own + length]
        at += own + length


def _handle(content: bytes, at: int) -> tuple[tuple[int, int], int]:
    start, at = _varint(content, at)
    size, at = _varint(content, at)
    return (start, size), at


def _varint(content: bytes, at: int) -> tuple[int, int]:
    """Return the whole number at a place, seven bits a byte, and the place behind it."""
    number = 0
    for step, byte in enumerate(content[at : at + 10]):
        number |= (byte & 0x7F) << (7 * step)
        if byte < 0x80:
            return number, at + step + 1
    raise _damaged("a number does not end")


def _fields(message: bytes) -> dict[int, list[int | bytes]]:
    """Return the fields of a protocol buffer's message: whole numbers, and bytes of whatever else."""
    fields: dict[int, list[int | bytes]] = {}
    at = 0
    while at < len(message):
        tag, at = _varint(message, at)
        value: int | bytes
        if tag & 7 == 0:
            value, at = _varint(message, at)
        else:
            if tag & 7 == 2:
                length, at = _varint(message, at)
            elif tag & 7 in (1, 5):
                length = 8 if tag & 7 == 1 else 4
            else:
                raise _damaged("an entry is of no known kind")
            if at + length > len(message):
                raise _damaged("an entry does not fit")
            value, at = message[at : at + length], at + length
        fields.setdefault(tag >> 3, []).append(value)
    return fields


def _number(fields: Mapping[int, list[int | bytes]], field: int) -> int:
    """Return a field's last value; 0 where it is left out, as protocol buffers do with zeros."""
    value = fields.get(field, [0])[-1]
    if not isinstance(value, int):
        raise _damaged("an entry is of another kind")
    return value


def _bytes(value: int | bytes) -> bytes:
    if not isinstance(value, bytes):
        raise _damaged("an entry is of another kind")
    return value


def _shown(name: str) -> str:
    plain = "".join(character if character.isprintable() else "?" for character in name)
    return f"tensor “{plain[:80]}”"


def _damaged(how: str) -> TensorBundleError:
    return TensorBundleError(f"The checkpoint's index is damaged: {how}.")
