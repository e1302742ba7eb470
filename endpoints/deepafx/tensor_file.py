"""Safetensors files, written and read with nothing but numpy: a length, a header in JSON, and plain numbers.

The format is that of https://huggingface.co/docs/safetensors; 32-bit floats alone.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from app.whole_file import write_whole

_LARGEST = 16 * 2**20


class TensorFileError(ValueError):
    """A file that is no safetensors file of floats; one sentence says why."""


def write_tensors(path: Path, tensors: Mapping[str, NDArray[np.float32]]) -> None:
    """Write arrays by their names."""
    header, data = {}, bytearray()
    for name, tensor in tensors.items():
        content = np.ascontiguousarray(tensor, dtype="<f4").tobytes()
        header[name] = {
            "dtype": "F32",
            "shape": list(tensor.shape),
            "data_offsets": [len(data), len(data) + len(content)],
        }
        data += content
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    write_whole(path, len(text).to_bytes(8, "little") + text + data)


def read_tensors(path: Path) -> dict[str, NDArray[np.float32]]:
    """Read arrays by their names.

    Raises:
        TensorFileError: it is damaged, something else, or larger than 16 MiB.
    """
    try:
        with path.open("rb") as file:
            content = file.read(_LARGEST + 1)
    except OSError as error:
        raise TensorFileError(f"“{path}” cannot be read: {error.strerror}.") from error
    if len(content) > _LARGEST:
        raise TensorFileError(f"“{path.name}” is larger than 16 MiB, and no encoder is.")
    start = 8 + int.from_bytes(content[:8], "little")
    try:
        if start > len(content):
            raise ValueError("its header is cut short")
        header = json.loads(content[8:start])
        header.pop("__metadata__", None)
        found, left = {}, len(content) - start
        for name, entry in header.items():
            begin, end = entry["data_offsets"]
            if entry["dtype"] != "F32" or not 0 <= begin <= end <= len(content) - start:
                raise ValueError(f"{name[:80]} is cut short, or not of 32-bit floats")
            left -= end - begin
            if left < 0:  # else a small file could name the same bytes a million times
                raise ValueError("its tensors share their bytes")
            flat = np.frombuffer(content[start + begin : start + end], "<f4")
            found[name] = flat.reshape([int(size) for size in entry["shape"]]).astype(np.float32)
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise TensorFileError(f"“{path.name}” is no safetensors file that can be read: {error}.") from error
    return found
