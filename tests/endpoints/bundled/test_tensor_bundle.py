"""Checkpoints that the test writes itself, by the formats' descriptions; and what damage does."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest

from endpoints.bundled.tensor_bundle import TensorBundleError, read_tensors

FLOAT32, INT64 = 1, 9


def varint(number: int) -> bytes:
    result = b""
    while number >= 0x80:
        result += bytes([number & 0x7F | 0x80])
        number >>= 7
    return result + bytes([number])


def field(number: int, value: int | bytes) -> bytes:
    if isinstance(value, int):
        return varint(number << 3) + varint(value)
    return varint(number << 3 | 2) + varint(len(value)) + value


def block(entries: Sequence[tuple[bytes, bytes]]) -> bytes:
    """A block whose keys share what they can; its one place to start from is the first."""
    result, before = b"", b""
    for key, value in entries:
        shared = next((i for i, (a, b) in enumerate(zip(before, key, strict=False)) if a != b), None)
        shared = min(len(before), len(key)) if shared is None else shared
        result += varint(shared) + varint(len(key) - shared) + varint(len(value)) + key[shared:] + value
        before = key
    return result + bytes(4) + (1).to_bytes(4, "little")


def table(blocks: Sequence[Sequence[tuple[bytes, bytes]]], compression: int = 0) -> bytes:
    content, handles = b"", []
    for entries in blocks:
        raw = block(entries)
        handles.append((entries[-1][0], varint(len(content)) + varint(len(raw))))
        content += raw + bytes([compression]) + bytes(4)
    places = []
    for raw in (block([]), block(handles)):
        places.append(varint(len(content)) + varint(len(raw)))
        content += raw + bytes(5)
    return content + b"".join(places).ljust(40, b"\0") + (0xDB4775248B80FB57).to_bytes(8, "little")


HEADER = (b"", field(1, 1))


def entry(name: str, kind: int, shape: Sequence[int], offset: int, size: int, more: bytes = b"") -> tuple[bytes, bytes]:
    dimensions = b"".join(field(2, field(1, extent)) for extent in shape)
    value = field(1, kind) + field(2, dimensions) + field(4, offset) + field(5, size)
    return name.encode(), value + varint(6 << 3 | 5) + b"\1\2\3\4" + more


A = np.arange(6, dtype=np.float32).reshape(2, 3)
B = np.float32(-1.5)
DATA = A.tobytes() + B.tobytes() + np.int64(77).tobytes()
ENTRIES = [
    HEADER,
    entry("layer/bias", FLOAT32, (), 24, 4),
    entry("layer/kernel", FLOAT32, (2, 3), 0, 24),
    entry("step", INT64, (), 28, 8),
]


@pytest.mark.parametrize("blocks", [[ENTRIES], [ENTRIES[:2], ENTRIES[2:]], [[one] for one in ENTRIES]])
def test_tensors_come_back_by_name(blocks: list[list[tuple[bytes, bytes]]]) -> None:
    found = read_tensors(table(blocks), DATA)
    assert set(found) == {"layer/bias", "layer/kernel"}
    np.testing.assert_array_equal(found["layer/kernel"], A)
    np.testing.assert_array_equal(found["layer/bias"], B)
    assert found["layer/bias"].shape == ()


@pytest.mark.parametrize(
    ("index", "sentence"),
    [
        (b"", "no LevelDB table"),
        (table([ENTRIES])[:-1], "no LevelDB table"),
        (bytes(5 << 20), "longer than"),
        (table([ENTRIES], compression=1), "compressed"),
        (table([[HEADER, entry("w", FLOAT32, (2, 4), 0, 24)]]), "another size"),
        (table([[HEADER, entry("w", FLOAT32, (2**62, 2**62), 0, 24)]]), "another size"),
        (table([[HEADER, entry("w", FLOAT32, (6,), 13, 24)]]), "beyond the end"),
        (table([[HEADER, entry("a", FLOAT32, (6,), 0, 24), entry("b", FLOAT32, (6,), 0, 24)]]), "share bytes"),
        (table([[HEADER, entry("w", FLOAT32, (1,) * 9, 0, 4)]]), "too many dimensions"),
        (table([[HEADER, entry("w", FLOAT32, (1,), 0, 4, field(3, 1))]]), "several data files"),
        (table([[HEADER, entry("w", FLOAT32, (1,), 0, 4, field(7, b""))]]), "slices"),
        (table([[HEADER, entry("w" * 2000, FLOAT32, (1,), 0, 4)]]), "does not fit"),
        (table([[(b"", field(1, 2))]]), "several data files"),
        (table([[(b"", field(1, 1) + field(2, 1))]]), "big-endian"),
        (table([[HEADER, (b"\xff", ENTRIES[1][1])]]), "no text"),
        (table([[HEADER, (b"w", b"\xff" * 20)]]), "does not end"),
        (table([[HEADER, (b"w", b"\x0b")]]), "no known kind"),
        (table([[HEADER, (b"w", field(1, b"text"))]]), "another kind"),
    ],
)
def test_what_cannot_be_read_gets_a_sentence(index: bytes, sentence: str) -> None:
    with pytest.raises(TensorBundleError, match=sentence):
        read_tensors(index, DATA)


def test_a_block_that_is_named_twice_is_refused() -> None:
    handle = varint(0) + varint(len(block(ENTRIES)))
    content = block(ENTRIES) + bytes(5)
    top = block([(b"a", handle), (b"b", handle)])
    footer = (varint(0) + varint(0) + varint(len(content)) + varint(len(top))).ljust(40, b"\0")
    with pytest.raises(TensorBundleError, match="not in order"):
        read_tensors(content + top + bytes(5) + footer + table([ENTRIES])[-8:], DATA)


def test_no_damage_to_one_byte_does_more_than_an_error() -> None:
    index = table([ENTRIES[:2], ENTRIES[2:]])
    refused = 0
    for at in range(len(index)):
        for flipped in (0x01, 0x80, 0xFF):
            damaged = index[:at] + bytes([index[at] ^ flipped]) + index[at + 1 :]
            try:
                found = read_tensors(damaged, DATA)
            except TensorBundleError:
                refused += 1
            else:
                assert sum(tensor.nbytes for tensor in found.values()) <= len(DATA)
    assert refused > len(index)
