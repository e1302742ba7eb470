"""A published checkpoint: numbers by name, and what the network was built with. Nothing in it is run.

Such a file holds ``state_dict`` and ``metadata``, of which ``kwargs`` are plain values. Two ways of writing a matrix
are undone here: a direction and a length (T. Salimans, D. P. Kingma: Weight normalization, NeurIPS 2016), and a matrix
with a small one of low rank to be added (E. J. Hu and others: LoRA, ICLR 2022).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from app.errors import ModelFormatError

_ALPHA = 1.0
"""LoRA's factor, which is divided by the rank; VampNet left it at 1."""


@dataclass(frozen=True)
class Checkpoint:
    """What a file holds.

    Attributes:
        name: of the file, for sentences.
        tensors: 32-bit floats by name; each matrix as it is multiplied with.
        arguments: what the network was built with.
    """

    name: str
    tensors: Mapping[str, torch.Tensor]
    arguments: Mapping[str, object]

    def take(self, name: str, *shape: int) -> torch.Tensor:
        """Return a tensor of a shape; -1 is any size.

        Raises:
            ModelFormatError: there is none, or it has another shape.
        """
        found = self.tensors.get(name)
        if found is None:
            raise ModelFormatError(f"{self.name} lacks {name}, which VampNet's weights have.")
        sizes = tuple(found.shape)
        if len(sizes) != len(shape) or any(wanted not in (-1, size) for wanted, size in zip(shape, sizes)):
            raise ModelFormatError(f"{name} in {self.name} has the shape {sizes}; {shape} is expected.")
        return found

    def number(self, name: str, otherwise: int | None = None) -> int:
        """Return a positive whole number among the arguments, or 0 where that stands there.

        Raises:
            ModelFormatError: there is none, and nothing to take its place.
        """
        value = self.arguments.get(name, otherwise)
        if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value < 2**24:
            raise ModelFormatError(f"{self.name} does not say its {name}, a whole number.")
        return value

    def numbers(self, name: str) -> tuple[int, ...]:
        """Return a list of positive whole numbers among the arguments.

        Raises:
            ModelFormatError: there is none.
        """
        value = self.arguments.get(name)
        if not isinstance(value, (list, tuple)) or not 0 < len(value) <= 16:
            raise ModelFormatError(f"{self.name} does not say its {name}, a list of whole numbers.")
        if any(isinstance(one, bool) or not isinstance(one, int) or not 0 < one < 2**16 for one in value):
            raise ModelFormatError(f"{name} in {self.name} must be whole numbers above 0.")
        return tuple(value)


def read_checkpoint(path: Path) -> Checkpoint:
    """Read a checkpoint by PyTorch's careful reader, which makes tensors and plain containers only.

    Raises:
        ModelFormatError: it is none.
    """
    try:
        # Any error is the file's: the reader names no set of its own.
        found: Any = torch.load(path, map_location="cpu", weights_only=True)
    except Exception as error:
        raise ModelFormatError(
            f"{path.name} cannot be read as a checkpoint of VampNet's: {type(error).__name__}."
        ) from error
    state = found.get("state_dict") if isinstance(found, Mapping) else None
    metadata = found.get("metadata") if isinstance(found, Mapping) else None
    arguments = metadata.get("kwargs") if isinstance(metadata, Mapping) else None
    if not isinstance(state, Mapping) or not isinstance(arguments, Mapping):
        raise ModelFormatError(
            f"{path.name} is no checkpoint of VampNet's: it lacks “state_dict” or “metadata.kwargs”."
        )
    if not all(isinstance(name, str) and isinstance(value, torch.Tensor) for name, value in state.items()):
        raise ModelFormatError(f"{path.name} has something else than tensors in its “state_dict”.")
    return Checkpoint(path.name, _plain({name: value.float() for name, value in state.items()}, path.name), arguments)


def _plain(state: Mapping[str, torch.Tensor], file: str) -> dict[str, torch.Tensor]:
    """Return the same with each matrix as it is multiplied with."""
    plain = {}
    for name, value in state.items():
        stem, _, last = name.rpartition(".")
        if last == "weight_v":
            length = state.get(f"{stem}.weight_g")
            if length is None or value.dim() < 2 or length.numel() != value.shape[0]:
                raise ModelFormatError(f"{file} has no lengths that fit {name}.")
            norm = value.flatten(1).norm(dim=1)
            plain[f"{stem}.weight"] = value * (length.flatten() / norm).view(-1, *[1] * (value.dim() - 1))
        elif last == "weight" and f"{stem}.lora_A" in state:
            plain[name] = value + _added(state, stem, value, file)
        elif last not in ("weight_g", "lora_A", "lora_B"):
            plain[name] = value
    return plain


def _added(state: Mapping[str, torch.Tensor], stem: str, weight: torch.Tensor, file: str) -> torch.Tensor:
    """Return what LoRA adds to a matrix."""
    down, up = state[f"{stem}.lora_A"], state.get(f"{stem}.lora_B")
    if up is None or down.dim() != 2 or up.shape[1:] != down.shape[:1] or (len(up), down.shape[1]) != weight.shape:
        raise ModelFormatError(f"{file} has matrices of LoRA that do not fit {stem}.")
    return (up @ down) * (_ALPHA / len(down))
