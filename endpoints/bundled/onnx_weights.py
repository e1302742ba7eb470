"""The tensors that an ONNX file holds, read as data: no graph is run, and no package of ONNX is needed.

The file is a protocol buffer. Of it are read ``ModelProto.graph`` (field 7), its ``initializer`` (5), and the tensors
of its ``Constant`` nodes (``node`` 1, ``attribute`` 5, ``t`` 5), by the field numbers of the public ``onnx.proto``.
"""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from app.errors import HarpistError

Array = NDArray[np.float32]

_LONGEST = 64 * 2**20
"""Bytes of a file; the networks that are read have a few."""
_MOST_TENSORS, _MOST_DIMENSIONS = 4096, 8
_FLOAT = 1
"""``TensorProto.DataType`` of float32."""


class OnnxError(HarpistError):
    """A file is no ONNX model, or not one of the kind that is read."""


def read_tensors(content: bytes) -> dict[str, Array]:
    """Return the float32 tensors of an ONNX file by name: initializers, and the outputs of Constant nodes.

    Tensors of other types, such as shapes, are left out.

    Raises:
        OnnxError: the content is too long, broken, or holds a tensor whose data do not fill its shape.
    """
    if len(content) > _LONGEST:
        raise OnnxError(f"The ONNX file has {len(content)} bytes; at most {_LONGEST} are read.")
    tensors: dict[str, Array] = {}
    for graph in _messages(memoryview(content), 7):
        for tensor in _messages(graph, 5):
            _keep(tensors, _text(tensor, 8), tensor)
        for node in _messages(graph, 1):
            if _text(node, 4) == "Constant":
                for attribute in _messages(node, 5):
                    for tensor in _messages(attribute, 5):
                        _keep(tensors, _text(node, 2), tensor)
    if not tensors:
        raise OnnxError("The file holds no tensor of an ONNX model.")
    return tensors


def _keep(tensors: dict[str, Array], name: str, tensor: memoryview) -> None:
    shape: list[int] = []
    data: memoryview | None = None
    kind = 0
    for field, value in _fields(tensor):
        if field == 1:
            shape += [value] if isinstance(value, int) else _packed(value)
        elif field == 2 and isinstance(value, int):
            kind = value
        elif field == 9 and isinstance(value, memoryview):
            data = value
    if kind != _FLOAT:
        return
    count = math.prod(shape)
    if len(shape) > _MOST_DIMENSIONS or data is None or len(data) != 4 * count:
        raise OnnxError(f"The tensor “{name}” of the ONNX file does not hold the numbers of its shape.")
    if name in tensors or len(tensors) >= _MOST_TENSORS:
        raise OnnxError(f"The ONNX file holds “{name}” twice, or too many tensors.")
    tensors[name] = np.frombuffer(data, "<f4").reshape(shape).astype(np.float32)


def _messages(message: memoryview, wanted: int) -> Iterator[memoryview]:
    for field, value in _fields(message):
        if field == wanted and isinstance(value, memoryview):
            yield value


def _text(message: memoryview, wanted: int) -> str:
    return next((bytes(value).decode("utf-8", "replace") for value in _messages(message, wanted)), "")


def _fields(message: memoryview) -> Iterator[tuple[int, int | memoryview]]:
    """Yield the number and the value of each field: an integer, or the bytes of a text, a message, packed numbers."""
    at = 0
    while at < len(message):
        key, at = _varint(message, at)
        kind = key & 7
        if kind == 0:
            number, at = _varint(message, at)
            yield key >> 3, number
            continue
        if kind == 2:
            size, at = _varint(message, at)
        elif kind in (1, 5):
            size = 8 if kind == 1 else 4
        else:
            raise OnnxError("The file is no ONNX model: a field has a kind that none has.")
        if size > len(message) - at:
            raise OnnxError("The ONNX file ends too early.")
        yield key >> 3, message[at : at + size]
        at += size


def _packed(numbers: memoryview) -> list[int]:
    found, at = [], 0
    while at < len(numbers):
        number, at = _varint(numbers, at)
        found.append(number)
    return found


def _varint(message: memoryview, at: int) -> tuple[int, int]:
    """Return the number at a place, seven bits a byte, and the place behind it."""
    number = 0
    for shift in range(0, 70, 7):
        if at >= len(message):
            raise OnnxError("The ONNX file ends too early.")
        byte = message[at]
        at += 1
        number |= (byte & 127) << shift
        if byte < 128:
            return number, at
    raise OnnxError("The file is no ONNX model: a number has too many bytes.")
