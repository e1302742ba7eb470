"""The tensors of a TorchScript archive by name, read as data: its code is neither opened nor run.

An archive is a zip file: a pickle of nested modules, and the numbers of each tensor in a file of their own. The pickle
is read by an unpickler that knows nothing but tensors and empty stand-ins for the modules.
"""

from __future__ import annotations

import io
import pickle
import zipfile
from collections.abc import Callable
from typing import Any

import torch

_TYPES = {
    "HalfStorage": torch.float16,
    "FloatStorage": torch.float32,
    "DoubleStorage": torch.float64,
    "IntStorage": torch.int32,
    "LongStorage": torch.int64,
    "BoolStorage": torch.bool,
}


class _Module:
    """What stands for a module: its attributes."""

    def __init__(self, *_: object) -> None:
        pass

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)


class _Reader(pickle.Unpickler):
    def __init__(self, archive: zipfile.ZipFile, folder: str) -> None:
        super().__init__(io.BytesIO(archive.read(f"{folder}/data.pkl")))
        self._archive, self._folder = archive, folder

    def find_class(self, module: str, name: str) -> Any:
        if module.partition(".")[0] == "__torch__":
            return _Module
        if (module, name) == ("torch._utils", "_rebuild_tensor_v2"):
            return _tensor
        if module == "torch" and name in _TYPES:
            return _TYPES[name]
        if module == "torch.jit._pickle" and (name == "restore_type_tag" or name.startswith("build_")):
            return _untagged
        if (module, name) == ("collections", "OrderedDict"):
            return dict
        raise pickle.UnpicklingError(f"{module}.{name} is no tensor")

    def persistent_load(self, pid: Any) -> torch.Tensor:
        _, dtype, key, _, count = pid
        numbers = bytearray(self._archive.read(f"{self._folder}/data/{key}"))
        return torch.frombuffer(numbers, dtype=dtype, count=count) if count else torch.zeros(0, dtype=dtype)


def _tensor(storage: torch.Tensor, offset: int, size: tuple[int, ...], stride: tuple[int, ...], *_: Any) -> Any:
    return storage.as_strided(size, stride, offset)


def _untagged(value: object, *_: str) -> object:
    return value


def read_torchscript(content: bytes) -> dict[str, torch.Tensor]:
    """Return every tensor of an archive by its path, such as ``encoder.0.weight``.

    Raises:
        ValueError: this is no such archive, or it holds something else than modules, tensors and plain values.
    """
    found: dict[str, torch.Tensor] = {}
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            (folder,) = {name.partition("/")[0] for name in archive.namelist()}
            _collect(_Reader(archive, folder).load(), "", found.__setitem__)
    except (zipfile.BadZipFile, pickle.UnpicklingError, KeyError, ValueError, TypeError, RuntimeError) as error:
        raise ValueError(f"no archive of tensors: {error}") from error
    return found


def _collect(value: object, path: str, add: Callable[[str, torch.Tensor], None]) -> None:
    if isinstance(value, torch.Tensor):
        add(path, value)
    elif isinstance(value, _Module):
        for name, part in vars(value).items():
            _collect(part, f"{path}.{name}" if path else name, add)
