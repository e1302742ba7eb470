"""The numbers in a file of ``torch.save``, whatever else lies beside them: objects of other libraries are never made.

PyTorch's own careful reader refuses such a file as a whole. Layout: a zip with ``data.pkl``, and the bytes of each
storage under ``data/`` (PyTorch, ``caffe2/serialize/inline_container.h``).
"""

from __future__ import annotations

import pickle
import zipfile
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import torch

from app.errors import ModelFormatError

_TYPES = {"FloatStorage": torch.float32, "HalfStorage": torch.float16, "LongStorage": torch.int64}
_INSIDE = ("best_state", "model")
"""Where training left the numbers, within what it kept."""


class _Inert:
    """Stands where an object of another library would: takes everything, does nothing."""

    def __init__(self, *_arguments: object, **_named: object) -> None:
        pass

    def __call__(self, *_arguments: object, **_named: object) -> _Inert:
        return self

    def __setstate__(self, _state: object) -> None:
        pass

    def __setitem__(self, _key: object, _value: object) -> None:
        pass

    def append(self, _value: object) -> None:
        """Take an item of a list."""

    def extend(self, _values: object) -> None:
        """Take items of a list."""


def read_numbers(path: Path) -> dict[str, torch.Tensor]:
    """Return the tensors of a network by name.

    Raises:
        ModelFormatError: the file holds none.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            (name,) = (name for name in archive.namelist() if name.endswith("/data.pkl"))
            with archive.open(name) as stream:
                found = _Numbers(stream, archive, name.removesuffix("data.pkl")).load()
        for key in _INSIDE:
            found = found[key] if isinstance(found, Mapping) and key in found else found
        numbers = {str(key): value for key, value in found.items() if isinstance(value, torch.Tensor)}
    except (OSError, ValueError, KeyError, AttributeError, TypeError, RuntimeError, EOFError, IndexError) as error:
        raise _unreadable(path) from error
    except (zipfile.BadZipFile, pickle.UnpicklingError) as error:
        raise _unreadable(path) from error
    if not numbers:
        raise _unreadable(path)
    return numbers


def _unreadable(path: Path) -> ModelFormatError:
    return ModelFormatError(f"The weights in {path.name} cannot be read: they are no file of PyTorch, or a broken one.")


class _Numbers(pickle.Unpickler):
    def __init__(self, stream: Any, archive: zipfile.ZipFile, place: str) -> None:
        super().__init__(stream)
        self._archive, self._place = archive, place

    def find_class(self, module: str, name: str) -> Any:
        """Return what makes tensors and plain containers; for everything else, something inert."""
        if module == "torch._utils" and name in ("_rebuild_tensor_v2", "_rebuild_parameter"):
            return _tensor if name == "_rebuild_tensor_v2" else _parameter
        if (module, name) == ("collections", "OrderedDict"):
            return OrderedDict
        if module == "torch" and name in _TYPES:
            return _TYPES[name]
        return type(name, (_Inert,), {})

    def persistent_load(self, key: Any) -> torch.Tensor:
        """Return a storage as a tensor of one dimension."""
        _, kind, name, _, count = key
        data = self._archive.read(f"{self._place}data/{name}")
        return torch.frombuffer(bytearray(data), dtype=kind, count=count)


def _tensor(storage: torch.Tensor, offset: int, size: Sequence[int], stride: Sequence[int], *_: object) -> torch.Tensor:
    return torch.as_strided(storage, tuple(size), tuple(stride), offset).clone()


def _parameter(tensor: torch.Tensor, *_: object) -> torch.Tensor:
    return tensor
