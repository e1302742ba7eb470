"""What a model that works costs: tried with a very short and a longer sound, timed, and its memory counted."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import torch
from numpy.typing import NDArray

from app.audacitorch.inference.forward import Model, forward_labels
from app.audacitorch.inference.whole import WholeForward
from app.audacitorch.profile import ModelProfile
from app.audacitorch.trial.timed_run import made_up_sound, peak_memory
from app.errors import ModelRunError

SHORT, LONG = 0.1, 10.0
"""Lengths of the sounds, in seconds."""

_LEVEL = 0.2
_PATIENCE = 30.0
"""Seconds; a model that would take longer for the long sound is measured on one that it is known to work with."""
_COUNTED = 3.0
"""Seconds; the memory of a model that takes longer is not counted, which takes several times as long."""


def measure(model: Model, profile: ModelProfile, rate: int) -> ModelProfile:
    """Return the profile of a model with its speed and memory.

    Args:
        model: the model, on the CPU.
        profile: of a model that works.
        rate: its sample rate in Hz.

    Raises:
        ModelRunError: it fails on one of the sounds.
    """
    run = _runner(model, profile)
    _check_short(run, profile, rate)
    seconds = _timed(run, _sound(profile, profile.seconds, rate))
    length = LONG if seconds * LONG / profile.seconds <= _PATIENCE else profile.seconds
    sound = _sound(profile, length, rate)
    # The first call of a length compiles the model for it, which the calls of a job hardly notice.
    seconds = _timed(run, sound)
    seconds = min(seconds, _timed(run, sound)) if seconds < _PATIENCE / 4 else seconds
    memory = peak_memory(lambda: run(sound)) if seconds < _COUNTED else 0
    return replace(profile, speed=round(length / max(seconds, 1e-6), 3), memory=memory)


def _runner(model: Model, profile: ModelProfile) -> Callable[[NDArray[np.float32]], object]:
    device = torch.device("cpu")
    if profile.labels:
        return lambda samples: forward_labels(model, samples, device)
    return WholeForward(model, device)


def _check_short(run: Callable[[NDArray[np.float32]], object], profile: ModelProfile, rate: int) -> None:
    """Try a very short sound; where it is too short for the model, with silence after it, as a short region gets."""
    sound = _sound(profile, SHORT, rate)
    try:
        run(sound)
    except ModelRunError:
        missing = round(profile.seconds * rate) - sound.shape[1]
        run(np.pad(sound, ((0, 0), (0, missing))))


def _sound(profile: ModelProfile, seconds: float, rate: int) -> NDArray[np.float32]:
    samples = max(2 * profile.channels, round(seconds * rate))
    sound: NDArray[np.float32] = np.float32(_LEVEL) * made_up_sound(profile.channels, samples, rate, 1)
    return sound


def _timed(run: Callable[[NDArray[np.float32]], object], sound: NDArray[np.float32]) -> float:
    begin = time.perf_counter()
    run(sound)
    return time.perf_counter() - begin
