"""Getting a loaded model ready for its first job: frozen, warm, and with fewer bits where that costs nothing audible.

Nothing here may lose a model: what fails on the trial's noise, or changes the result, is left out.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from app.audacitorch.arguments.signature import Rehearsed, read_signature
from app.audacitorch.inference.precision import FLOAT32, computing, objection, refusal, wanted_precision
from app.audacitorch.inference.transfer import transfer
from app.audacitorch.loading import load_model
from app.audacitorch.profile import ModelProfile
from app.audacitorch.torchscript import executor, freeze, starts_tasks

UNTRIED_SECONDS = 2.5
"""Length of the noise for a model of which no working length is known."""

_PATIENCE = 5.0
"""Seconds; where a call takes longer, one is all that is spent on getting the model ready."""
_MOST_CHANGE = 1e-5
"""By how much freezing may change a result, relative to its peak or to full scale, whichever is more."""


@dataclass(frozen=True)
class ReadyModel:
    """A model as jobs call it: with a tensor on its device.

    Attributes:
        module: frozen, or as it was loaded.
        device: where it is.
        precision: what it computes with, one of :data:`app.config.PRECISIONS`.
        notice: why that is not what was asked for; ``""`` where it is.
        loaded: what a frozen module was made of, whose functions torch looks up when an operator of it fails: without
            it the process would crash then. They share their weights.
    """

    module: torch.jit.ScriptModule
    device: torch.device
    precision: str = FLOAT32
    notice: str = ""
    loaded: torch.jit.ScriptModule | None = None

    def __call__(self, samples: torch.Tensor, **further: Any) -> Any:
        """Run the model on ``(channels, samples)``, with further arguments by name."""
        with computing(self.precision, self.device):
            return self.module(samples, **further)


def open_ready(folder: Path, device: torch.device, rate: int, profile: ModelProfile | None, stereo: bool) -> ReadyModel:
    """Load the model in ``folder`` and get it ready, in the precision that the operator asked for.

    Args:
        folder: where its files lie.
        device: where it goes.
        rate: its sample rate in Hz.
        profile: what is known of it.
        stereo: whether it takes two channels, where nothing is known.

    Raises:
        ModelFormatError: ``model.pt`` is not a model.
    """
    module = load_model(folder, str(device))
    seconds = profile.seconds if profile else UNTRIED_SECONDS
    channels = profile.channels if profile else 1 + stereo
    unfrozen = profile.unfrozen if profile else ""
    return make_ready(module, device, channels, max(16, round(seconds * rate)), wanted_precision(), unfrozen)


def make_ready(
    module: torch.jit.ScriptModule,
    device: torch.device,
    channels: int,
    samples: int,
    precision: str = FLOAT32,
    unfrozen: str = "",
) -> ReadyModel:
    """Return a loaded model, ready for its jobs.

    A model that keeps state from call to call stays as it was loaded and untried, since the noise would be part of it.
    So does one that starts tasks, which freezing may break in a way that takes the process down now and then; and one
    that the trial, which runs what is returned here, has found not to survive it.

    Args:
        module: the model, on its device.
        device: where it is.
        channels: how many it takes at once.
        samples: a length that it works with.
        precision: what the operator asked for.
        unfrozen: why it is not to be frozen, as its profile has it.
    """
    plain = ReadyModel(module, device)
    if starts_tasks(module):
        return _refused(plain, precision, "it starts tasks of its own")
    if unfrozen:
        # Whether it keeps state would show in freezing only.
        return _refused(plain, precision, unfrozen)
    try:
        frozen = freeze(module)
    except Exception:
        frozen = module
    if frozen is None:
        return _refused(plain, precision, "it keeps state from call to call")
    noise = 0.1 * np.random.default_rng(0).standard_normal((channels, samples), np.float32)
    begin = time.monotonic()
    expected = _tried(plain, noise)
    if expected is None:
        return _refused(plain, precision, "it failed on noise")
    hurry = time.monotonic() - begin > _PATIENCE
    ready = plain
    if frozen is not module and not hurry:
        candidate = ReadyModel(frozen, device, loaded=module)
        found = _tried(candidate, noise)
        if found is not None and _agree(found, expected):
            ready = candidate
    if precision != FLOAT32:
        ready = _fewer_bits(ready, noise, expected, precision)
    return ready


def _fewer_bits(
    ready: ReadyModel, noise: NDArray[np.float32], expected: list[NDArray[np.float32]], precision: str
) -> ReadyModel:
    candidate = replace(ready, precision=precision)
    reason = objection(precision, ready.device, lambda: expected, lambda: _tried(candidate, noise))
    return _refused(ready, precision, reason) if reason else candidate


def _refused(ready: ReadyModel, precision: str, reason: str) -> ReadyModel:
    if precision == FLOAT32:
        return ready
    return replace(ready, notice=refusal(precision, reason))


def _tried(model: ReadyModel, noise: NDArray[np.float32]) -> list[NDArray[np.float32]] | None:
    """Return the arrays of one call's result, with the same chance at every try; ``None`` where the call fails."""
    try:
        with torch.random.fork_rng(), torch.inference_mode(), executor():
            torch.manual_seed(0)
            result = Rehearsed(model, read_signature(model.module)[0])(transfer(model.device).send(noise))
            return [transfer(tensor.device).fetch(tensor) for tensor in _tensors(result)]
    except Exception:
        return None


def _tensors(result: object) -> Iterator[torch.Tensor]:
    if isinstance(result, torch.Tensor):
        yield result
    elif isinstance(result, (tuple, list)):
        for item in result:
            yield from _tensors(item)


def _agree(found: list[NDArray[np.float32]], expected: list[NDArray[np.float32]]) -> bool:
    if [item.shape for item in found] != [item.shape for item in expected]:
        return False
    return all(
        np.array_equal(one, other, equal_nan=True)
        or float(np.abs(one - other).max()) <= _MOST_CHANGE * max(1.0, float(np.abs(other).max()))
        for one, other in zip(found, expected)
    )
