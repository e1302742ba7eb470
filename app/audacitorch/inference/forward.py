"""One forward pass of a model, and the checks of what it returns.

Everything that a model may do wrong here becomes one sentence: it raises, runs out of memory, returns another type,
rank, length or number type than the format says, or values that are no numbers.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from app.audacitorch.failures import model_failure
from app.audacitorch.inference.transfer import transfer
from app.audacitorch.torchscript import executor
from app.errors import ModelRunError

Model = Callable[[torch.Tensor], Any]
"""A module, or what :mod:`app.audacitorch.inference.readiness` makes of it."""

MOST_ROWS = 1024
MOST_LABELS = 200_000
"""Rows, and labels of one call, beyond which a result is taken for a mistake."""
HIGHEST_CLASS = 9999
_FARTHEST_CLASS = 2**53
"""The whole numbers that a floating-point number holds exactly."""


def forward_waveform(model: Model, samples: NDArray[np.float32], device: torch.device) -> NDArray[np.float32]:
    """Run an effect once.

    Args:
        model: the loaded model.
        samples: its input at its own rate, ``(channels, samples)``.
        device: where the model is.

    Returns:
        ``(rows, samples)``: a result that is longer than the input by at most 5 % (or 4096 samples) is cut at its end;
        one that is shorter by no more than that is returned as it is.

    Raises:
        ModelRunError: the model failed, or returned something else.
    """
    return uncut_waveform(model, samples, device)[:, : samples.shape[1]]


def uncut_waveform(model: Model, samples: NDArray[np.float32], device: torch.device) -> NDArray[np.float32]:
    """Run an effect once, as :func:`forward_waveform`, and return also what is longer than the input.

    Raises:
        ModelRunError: the model failed, or returned something else.
    """
    result = _call(model, samples, device)
    if isinstance(result, (tuple, list)):
        raise ModelRunError("The model returned labels or several values; one waveform, (rows, samples), is expected.")
    tensor = _tensor(result, "a waveform")
    while tensor.ndim > 2 and tensor.shape[0] == 1:
        tensor = tensor[0]
    if tensor.ndim == 1:
        tensor = tensor[None]
    shape = tuple(tensor.shape)
    if tensor.ndim != 2 or not 1 <= shape[0] <= MOST_ROWS:
        raise ModelRunError(f"The model returned the shape {_shape(shape)}; (rows, samples) is expected.")
    if not tensor.is_floating_point():
        raise ModelRunError(f"The model returned {_type_name(tensor)} values; floating-point samples are expected.")
    expected = samples.shape[1]
    if abs(shape[1] - expected) > max(4096, expected // 20):
        raise ModelRunError(f"The model returned {shape[1]} samples where {expected} went in; as many are expected.")
    return _array(tensor)


def forward_labels(
    model: Model, samples: NDArray[np.float32], device: torch.device
) -> tuple[NDArray[np.int64] | NDArray[np.float32], NDArray[np.float64]]:
    """Run a labeler once.

    Args:
        model: the loaded model.
        samples: its input at its own rate, ``(channels, samples)``.
        device: where the model is.

    Returns:
        Class indices ``(n,)`` as integers, or class probabilities ``(n, classes)`` as float32 (scores outside of 0..1
        go through a softmax); and start and end in seconds, ``(n, 2)``.

    Raises:
        ModelRunError: the model failed, or returned something else.
    """
    result = _call(model, samples, device)
    if not isinstance(result, (tuple, list)) or len(result) != 2:
        raise ModelRunError("The model returned no pair of labels and timestamps; (labels, timestamps) is expected.")
    labels, times = _paired(_tensor(result[0], "labels"), _tensor(result[1], "timestamps"))
    spans = _array(times).astype(np.float64)
    if labels.ndim == 2 and labels.shape[1] == 1 and not labels.is_floating_point():
        labels = labels[:, 0]
    if labels.ndim == 1:
        return _class_numbers(labels), spans
    return _probabilities(labels), spans


def _class_numbers(labels: torch.Tensor) -> NDArray[np.int64]:
    """Return class indices ``(n,)``: whole numbers exactly as they are, others to the nearest."""
    fractions = labels.is_floating_point()
    try:
        values: NDArray[Any] = (labels.double() if fractions else labels).cpu().numpy()
    except Exception as error:
        raise model_failure(error) from error
    if fractions:
        values = np.rint(_all_finite(values))
    # As 64-bit integers these would come out as others.
    if (beyond := values[(values < -_FARTHEST_CLASS) | (values > _FARTHEST_CLASS)]).size:
        shown = f"{beyond[0]:g}" if fractions else str(beyond[0])
        raise ModelRunError(f"The model returned the class {shown}; 0 to {HIGHEST_CLASS} are expected.")
    return values.astype(np.int64)


def _paired(labels: torch.Tensor, times: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """Return labels ``(n, …)`` and timestamps ``(n, 2)``, one for each, or refuse them."""
    if labels.ndim == 0 and times.ndim == 1:
        labels, times = labels[None], times[None]
    if times.numel() == 0 and labels.shape[0] == 0:
        times = times.reshape(0, 2)
    if times.ndim != 2 or times.shape[1] != 2:
        raise ModelRunError(
            f"The model returned timestamps of the shape {_shape(tuple(times.shape))}; (n, 2) is expected."
        )
    if labels.ndim not in (1, 2) or labels.shape[0] != times.shape[0]:
        raise ModelRunError(
            f"The model returned labels of the shape {_shape(tuple(labels.shape))} for {times.shape[0]} timestamps; "
            "one label for each is expected."
        )
    if max(labels.numel(), times.numel()) > 100 * MOST_LABELS or times.shape[0] > MOST_LABELS:
        raise ModelRunError(f"The model returned {times.shape[0]} labels at once; at most {MOST_LABELS} are expected.")
    return labels, times


def _probabilities(labels: torch.Tensor) -> NDArray[np.float32]:
    """Return class probabilities ``(n, classes)``, of scores by a softmax."""
    if labels.shape[1] == 0:
        raise ModelRunError("The model returned probabilities of no class at all; (n, classes) is expected.")
    scores = _array(labels)
    if scores.size and (scores.min() < -1e-3 or scores.max() > 1 + 1e-3):
        exponentials = np.exp(scores - scores.max(axis=1, keepdims=True))
        scores = exponentials / exponentials.sum(axis=1, keepdims=True)
    return scores


def _call(model: Model, samples: NDArray[np.float32], device: torch.device) -> object:
    try:
        with torch.inference_mode(), executor():
            result: object = model(transfer(device).send(samples))
    except Exception as error:
        raise model_failure(error) from error
    return result


def _tensor(value: object, what: str) -> torch.Tensor:
    if not isinstance(value, torch.Tensor):
        raise ModelRunError(f"The model returned no tensor for {what}; a tensor is expected.")
    # What has no place of its own for every value is unlike other tensors: even asked for its shape, some raise.
    if odd := _odd_layout(value):
        raise ModelRunError(f"The model returned a {odd} tensor for {what}; a plain tensor is expected.")
    if value.is_complex() or value.is_quantized:
        raise ModelRunError(f"The model returned {_type_name(value)} values for {what}; plain numbers are expected.")
    return value


def _odd_layout(tensor: torch.Tensor) -> str:
    """Return what a tensor is that does not hold its values in rows and columns, or ``""``."""
    if tensor.is_nested:
        return "nested"
    if tensor.is_meta:
        return "meta"
    return "" if tensor.layout is torch.strided else str(tensor.layout).removeprefix("torch.").strip("_")


def _array(tensor: torch.Tensor) -> NDArray[np.float32]:
    """Bring a checked tensor to the CPU as float32, all of it finite."""
    try:
        array = transfer(tensor.device).fetch(tensor)
    except Exception as error:
        raise model_failure(error) from error
    _all_finite(array)
    return array


def _all_finite(array: NDArray[Any]) -> NDArray[Any]:
    # Both carry a NaN on, and need no array of truth values as large as this one.
    if array.size and not (np.isfinite(array.min()) and np.isfinite(array.max())):
        raise ModelRunError("The model returned values that are not numbers (NaN or infinity) for this region.")
    return array


def _shape(shape: tuple[int, ...]) -> str:
    return "(" + ", ".join(str(size) for size in shape[:6]) + (", …)" if len(shape) > 6 else ")")


def _type_name(tensor: torch.Tensor) -> str:
    return str(tensor.dtype).removeprefix("torch.")
