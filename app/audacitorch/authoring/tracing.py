"""Whether a traced model does to other lengths what it did to the one that it was traced with.

Tracing records one run: a number that the author's code worked out of the length stands in the model ever after.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from app.audacitorch.inference.forward import Model, forward_labels, forward_waveform
from app.audacitorch.trial.timed_run import made_up_sound
from app.errors import ModelFormatError, ModelRunError

Samples = NDArray[np.float32]

_ALIKE, _UNLIKE = 40.0, 10.0
"""Decibels below the sound of a difference that counts as none, and of one that no model makes by chance."""
_INPUT = re.compile(r"Float\((?:\d+, )*(?P<samples>\d+), strides")
_FEWEST = 64
_CPU = torch.device("cpu")
_MEND = "script it, or work with the shape of x in torch's own operations only."


def traced_length(module: nn.Module) -> int | None:
    """Return how many samples a model, or a part of it, was traced with; ``None`` where none was, or nobody knows."""
    for part in module.modules():
        if isinstance(part, torch.jit.TopLevelTracedModule):  # type: ignore[attr-defined]
            lengths = [int(found["samples"]) for found in _INPUT.finditer(str(part.graph).partition("):\n")[0])]
            if lengths and max(lengths) >= _FEWEST:
                return max(lengths)
    return None


def check_lengths(model: Model, labels: bool, channels: int, rate: int, traced: int) -> None:
    """Refuse a traced model that knows one length only.

    Args:
        model: the traced model.
        labels: whether it is a labeler.
        channels: how many it takes at once.
        rate: its sample rate in Hz.
        traced: how many samples it was traced with.

    Raises:
        ModelFormatError: its behaviour depends on that length.
    """
    part = made_up_sound(channels, traced, rate, 0)
    thrice = np.tile(part, 3)
    try:
        if labels:
            ends = [_last_end(model, sound) for sound in (part, thrice)]
            if ends[0] > 0.5 * traced / rate and ends[1] < 1.5 * traced / rate:
                raise _refusal(traced, f"of {3 * traced} samples it labels the first {ends[1]:.1f} s only")
            return
        whole = forward_waveform(model, thrice, _CPU)
        forward_waveform(model, made_up_sound(channels, max(64, traced * 2 // 3 + 7), rate, 1), _CPU)
    except ModelRunError as error:
        raise traced_refusal(traced, error) from error
    half = traced // 2
    first, second, third = (whole[:, at * traced + half : at * traced + half + half] for at in range(3))
    if third.shape == first.shape and _level(second, third) > _ALIKE and _level(first, second) < _UNLIKE:
        raise _refusal(traced, "what comes after so many is treated unlike the same sound before")


def check_like_eager(
    traced: Model, eager: Callable[[torch.Tensor], Any], labels: bool, channels: int, rate: int, length: int
) -> None:
    """Refuse a traced model that does to other lengths something else than the module that it was traced from.

    Args:
        traced: the traced model.
        eager: the module, called with ``(channels, samples)``.
        labels: whether they return labels rather than a waveform.
        channels: how many they take at once.
        rate: their sample rate in Hz.
        length: how many samples the model was traced with.

    Raises:
        ModelFormatError: it does.
    """
    for samples in (length // 2 + 3, 2 * length + 7):
        sound = made_up_sound(channels, samples, rate, 2)
        try:
            alike = _alike(traced, eager, labels, sound)
        except ModelRunError as error:
            told = error.message[0].lower() + error.message[1:].rstrip(".")
            raise _refusal(length, f"with {samples}, {told}") from error
        if not alike:
            raise _refusal(length, f"with {samples} it returns something else than the module itself")


def _alike(traced: Model, eager: Callable[[torch.Tensor], Any], labels: bool, sound: Samples) -> bool:
    if labels:
        parts = zip(forward_labels(traced, sound, _CPU), forward_labels(eager, sound, _CPU))
        return all(one.shape == other.shape and np.allclose(one, other, atol=1e-3) for one, other in parts)
    wanted, got = forward_waveform(eager, sound, _CPU), forward_waveform(traced, sound, _CPU)
    return wanted.shape == got.shape and _level(wanted, got) >= _ALIKE


def traced_refusal(traced: int, error: ModelRunError) -> ModelFormatError:
    """Return the refusal of a model that failed on another length than the one that it was traced with."""
    told = error.message[0].lower() + error.message[1:].rstrip(".")
    return _refusal(traced, f"with another length, {told}")


def _last_end(model: Model, sound: Samples) -> float:
    _, times = forward_labels(model, sound, _CPU)
    return float(times[:, 1].max()) if len(times) else 0.0


def _refusal(traced: int, reason: str) -> ModelFormatError:
    return ModelFormatError(f"The model was traced with {traced} samples and depends on that: {reason}; {_MEND}")


def _level(wanted: Samples, got: Samples) -> float:
    """Return how far the difference is below the sound, in dB."""
    error = float(np.sqrt(np.mean((wanted.astype(np.float64) - got) ** 2)))
    power = float(np.sqrt(np.mean(wanted.astype(np.float64) ** 2)))
    return float("inf") if error <= 1e-9 else 20 * float(np.log10(max(power, 1e-12) / error))
