"""With how many bits a model computes: 32, or fewer where the processor is faster with them.

Fewer bits are never trusted: what they cost is measured with each model, on noise.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Iterator

import numpy as np
import torch
from numpy.typing import NDArray

from app.config import PRECISIONS, environment_name

FLOAT32 = PRECISIONS[0]
MOST_ERROR = -60.0
"""The largest error that fewer bits may cause, in dB relative to the result."""

_TYPES = {"bfloat16": torch.bfloat16, "float16": torch.float16}


def wanted_precision() -> str:
    """Return what the operator asked for, as the worker finds it in its environment."""
    wanted = os.environ.get(environment_name("precision"), FLOAT32)
    return wanted if wanted in PRECISIONS else FLOAT32


def numbers_for(device: torch.device) -> torch.dtype:
    """Return the numbers of a network whose authors use 16 bits: so on a GPU of NVIDIA's; others are slower."""
    return torch.float16 if device.type == "cuda" else torch.float32


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


def error_level(found: list[NDArray[np.float32]], expected: list[NDArray[np.float32]]) -> float | None:
    """Return the power of the difference over that of the result, in dB; ``None`` where the shapes differ.

    Args:
        found: arrays of any shapes, such as ``(rows, samples)``.
        expected: those that they are compared with, one by one.
    """
    if [item.shape for item in found] != [item.shape for item in expected]:
        return None
    error = sum(float(np.square(one - other, dtype=np.float64).sum()) for one, other in zip(found, expected))
    power = sum(float(np.square(other, dtype=np.float64).sum()) for other in expected)
    if error == 0.0:
        return float("-inf")
    return float(10 * np.log10(error / power)) if power else float("inf")


def objection(
    precision: str,
    device: torch.device,
    exact: Callable[[], list[NDArray[np.float32]]],
    fewer: Callable[[], list[NDArray[np.float32]] | None],
) -> str:
    """Return why a model is not to compute so on a device, or ``""``.

    Args:
        precision: one of :data:`app.config.PRECISIONS`.
        device: where it would.
        exact: returns what it makes of something with 32 bits: arrays of any shapes. Called where the device can.
        fewer: returns what it makes of the same so, ``None`` where it fails.
    """
    reason = unsupported(precision, device)
    if reason:
        return reason
    found = fewer()
    error = error_level(found, exact()) if found is not None else None
    if error is None:
        return "it failed or returned another shape so"
    if not error <= MOST_ERROR:
        return f"the error would be {error:.0f} dB, and {MOST_ERROR:.0f} dB is allowed"
    return ""


def refusal(precision: str, reason: str) -> str:
    """Return what the user reads where a model does not compute as the operator asked for."""
    return f"The model computes in {FLOAT32}, not {precision}: {reason}."


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
