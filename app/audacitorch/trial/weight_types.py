"""Weights of another type than the sound's: why a model of half or double precision fails, and what its author can do.

torch has a sentence of its own for every operator that is given two types, and some of them name neither type. So the
model is tried with float32 weights instead, which tells for sure.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

import torch

from app.audacitorch.failures import FLOAT_CURE, number_type
from app.errors import ModelRunError


def odd_types(tensors: Iterable[torch.Tensor]) -> str:
    """Return the floating-point types of tensors other than float32, as a reader knows them, or ``""``."""
    found = {tensor.dtype for tensor in tensors if tensor.is_floating_point()} - {torch.float32}
    return " and ".join(sorted(number_type(str(dtype).removeprefix("torch.")) for dtype in found))


def with_types(error: ModelRunError, module: torch.nn.Module, try_again: Callable[[], object]) -> ModelRunError:
    """Return why a model fails: the type of its weights where it works with others, else ``error`` itself.

    Args:
        error: how it failed.
        module: the model, which has float32 weights afterwards.
        try_again: tries ``module`` as before; raises ModelRunError where that fails.
    """
    types = odd_types([*module.parameters(), *module.buffers()])
    if not types:
        return error
    module.float()
    try:
        try_again()
    except ModelRunError:
        return error
    return ModelRunError(f"The model fails on sound, which is float32, since its weights are {types}; {FLOAT_CURE}.")
