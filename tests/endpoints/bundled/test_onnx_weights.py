"""The reader of ONNX files, on files written here byte by byte after the public onnx.proto."""

from __future__ import annotations

import numpy as np
import pytest

from endpoints.bundled.onnx_weights import OnnxError, read_tensors


def number(value: int) -> bytes:
    parts = bytearray()
    while value > 127:
        parts.append(value & 127 | 128)
        value >>= 7
    return bytes([*parts, value])


def field(place: int, content: bytes | int) -> bytes:
    if isinstance(content, int):
        return number(place << 3) + number(content)
    return number(place << 3 | 2) + number(len(content)) + content


def tensor(name: str, values: np.ndarray, kind: int = 1, packed: bool = False) -> bytes:
    shape = field(1, b"".join(map(number, values.shape))) if packed else b"".join(field(1, n) for n in values.shape)
    return shape + field(2, kind) + field(8, name.encode()) + field(9, values.tobytes())


def constant(name: str, content: bytes) -> bytes:
    attribute = field(1, b"value") + field(5, content) + field(20, 4)
    return field(2, name.encode()) + field(3, b"a node") + field(4, b"Constant") + field(5, attribute)


def model(*graph: bytes) -> bytes:
    return field(1, 8) + field(2, b"maker") + field(7, b"".join(graph)) + field(8, field(2, 12))


VALUES = np.arange(300, dtype="<f4").reshape(2, 150)


def test_initializers_and_constants_are_found_by_name() -> None:
    content = model(
        field(1, field(4, b"Conv") + field(1, b"x")),
        field(1, constant("made", tensor("", -VALUES, packed=True))),
        field(5, tensor("kept", VALUES)),
        field(5, tensor("shape", np.arange(3, dtype="<i8"), kind=7)),
    )
    found = read_tensors(content)
    assert set(found) == {"kept", "made"}
    assert np.array_equal(found["kept"], VALUES)
    assert np.array_equal(found["made"], -VALUES)
    assert found["kept"].dtype == np.float32


@pytest.mark.parametrize("kept", range(5, 1330, 33))
def test_a_file_that_ends_early_is_refused(kept: int) -> None:
    content = model(field(5, tensor("kept", VALUES)))
    with pytest.raises(OnnxError):
        read_tensors(content[: min(kept, len(content) - 10)])


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"no model at all",
        b"\xff" * 40,
        field(1, 8),
        model(field(5, tensor("few", VALUES)[:-4])),
        model(field(5, field(1, 2**40) + field(2, 1) + field(9, bytes(8)))),
        model(field(5, tensor("twice", VALUES)), field(5, tensor("twice", VALUES))),
        model(field(5, field(1, 1) * 9 + field(2, 1) + field(9, bytes(4)))),
    ],
    ids=[
        "nothing",
        "text",
        "endless number",
        "no graph",
        "too few",
        "too large a shape",
        "twice",
        "too many dimensions",
    ],
)
def test_what_is_no_model_is_refused(content: bytes) -> None:
    with pytest.raises(OnnxError):
        read_tensors(content)
