"""With how many bits a model computes: 32, or fewer where the processor is faster with them.

Fewer bits are never trusted: :mod:`app.audacitorch.inference.readiness` measures what they cost this model.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator

import torch

from app.config import PRECISIONS, environment_name

FLOAT32 = PRECISIONS[0]
MOST_ERROR = -60.0
"""The largest error that fewer bits may cause, in dB relative to the result."""

_TYPES = {"bfloat16": torch.bfloat16, "float16": torch.float16}


def wanted_precision() -> str:
    """Return what the operator asked for, as the worker finds it in its environment."""
    wanted = os.environ.get(environment_name("precision"), FLOAT32)
    return wanted if wanted in PRECISIONS else FLOAT32


def unsupported(precision: str, device: torch.device) -> str:
    """Return why a device cannot compute so, or ``""``."""
    if precision == FLOAT32:
        return ""
    if device.type == "cuda":
        if precision == "bfloat16" and not torch.cuda.is_bf16_supported():
            return "this GPU has no bfloat16"
        return ""
    if device.type == "cpu" and precision == "bfloat16":
        return "" if _bf16_processor() else "this processor has no bfloat16 arithmetic"
    if device.type == "cpu":
        # Emulated: a hundred times slower, and torch's LSTM crashes.
        return f"{precision} is for GPUs"
    return f"{precision} is not for {device.type}"


@contextlib.contextmanager
def computing(precision: str, device: torch.device) -> Iterator[None]:
    """Compute with so many bits.

    ``float32`` is just that, also on GPUs whose convolutions would round their input to TF32 unasked.
    """
    if device.type == "cuda":
        torch.backends.cudnn.allow_tf32 = torch.backends.cuda.matmul.allow_tf32 = precision == "tf32"
    if precision in _TYPES:
        with torch.autocast(device.type, dtype=_TYPES[precision]):
            yield
    else:
        yield


def _bf16_processor() -> bool:
    # Other processors emulate it, slowly.
    check = getattr(torch.cpu, "_is_avx512_bf16_supported", None)
    return bool(check is not None and check())
