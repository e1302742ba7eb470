"""A model on trial: run on made-up sound, for a limited time."""

from __future__ import annotations

import os
import time
from collections.abc import Callable

import numpy as np
import torch
from numpy.typing import NDArray
from torch.autograd.profiler import profile

from app.audacitorch.inference.forward import Model, uncut_waveform
from app.audacitorch.inference.whole import WholeForward

Samples = NDArray[np.float32]

_CPU = torch.device("cpu")


class TooSlowError(Exception):
    """The trial's time would not suffice for what was asked."""


class Trial:
    """A loaded model and the time that may be spent on trying it.

    Args:
        model: the model, on the CPU.
        channels: how many it takes at once.
        rate: its sample rate in Hz.
        seconds: how long the trial may take, in processor time, which does not depend on what else runs; a call that
            would exceed it raises TooSlowError instead.
    """

    def __init__(self, model: Model, channels: int, rate: int, seconds: float) -> None:
        self.channels = channels
        self.rate = rate
        self._model = model
        self._whole = WholeForward(model, _CPU)
        self._late = 0
        self._deadline = time.process_time() + seconds
        self._pace = 0.0

    def of(self, model: Model) -> Trial:
        """Return a trial of the same model, set otherwise, in what is left of the time."""
        other = Trial(model, self.channels, self.rate, self._deadline - time.process_time())
        other._pace = self._pace
        other.take_back(self._late)
        return other

    def take_back(self, late: int) -> None:
        """Move results from now on by as many samples as they are late (early, if negative)."""
        self._late = late
        self._whole = WholeForward(self._model, _CPU, late)

    def run(self, samples: Samples) -> Samples:
        """Map ``(channels, n)`` to ``(rows, n)``.

        Raises:
            ModelRunError: the model failed.
            TooSlowError: it would not be done in time.
        """
        return self._timed(samples.shape[1], lambda: self._whole(samples))

    def returned(self, length: int) -> int:
        """Return how many samples the model gives back for ``length``.

        Raises:
            ModelRunError: the model failed.
            TooSlowError: it would not be done in time.
        """
        sound = made_up_sound(self.channels, length, self.rate, 0)
        rows = self._timed(length, lambda: uncut_waveform(self._model, sound, _CPU))
        return int(rows.shape[1])

    def affords(self, samples: int, share: float = 1.0) -> bool:
        """Whether calls of so many samples in all would take no more than a share of the time that is left."""
        return self._pace * samples <= share * (self._deadline - time.process_time())

    def seconds(self, length: int) -> float:
        """Return how long a call of ``length`` samples takes, in seconds, the better of two.

        Raises:
            ModelRunError: the model failed.
            TooSlowError: it would not be done in time.
        """
        sound = made_up_sound(self.channels, length, self.rate, 0)
        times = []
        for _ in range(2):
            begin = time.perf_counter()
            self.run(sound)
            times.append(time.perf_counter() - begin)
        return min(times)

    def memory(self, length: int) -> int:
        """Return how many bytes a call of ``length`` samples needs at its height, the same on every machine.

        Raises:
            ModelRunError: the model failed.
            TooSlowError: it would not be done in time.
        """
        sound = made_up_sound(self.channels, length, self.rate, 0)
        return peak_memory(lambda: self.run(sound))

    def _timed(self, length: int, call: Callable[[], Samples]) -> Samples:
        begin = time.process_time()
        if begin + self._pace * length > self._deadline:
            raise TooSlowError
        result = call()
        self._pace = (time.process_time() - begin) / length
        return result


def peak_memory(call: Callable[[], object]) -> int:
    """Return the most bytes of tensors that ``call`` held on the CPU at once, counted by torch's own profiler."""
    # Else the profiler's first use in a process writes two lines to standard error.
    os.environ.setdefault("KINETO_LOG_LEVEL", "99")
    # Not torch.profiler's, which would import torch's compiler: seconds, in every worker that tries a model.
    with profile(profile_memory=True, use_kineto=True) as profiler:
        call()
    results = profiler.kineto_results
    changes = sorted((event.start_ns(), event.nbytes()) for event in results.events() if event.name() == "[memory]")
    height = highest = 0
    for _, change in changes:
        height += int(change)
        highest = max(highest, height)
    return highest


def made_up_sound(channels: int, samples: int, rate: int, seed: int) -> Samples:
    """Return noise and three tones whose levels wander over 30 dB, eight times a second; the same for the same seed."""
    generator = np.random.default_rng(seed)
    points = 2 + 8 * samples // rate
    places, time_axis = np.linspace(0, samples, points), np.arange(samples)
    result = np.zeros((channels, samples), np.float32)
    for _ in range(4):
        levels = 10 ** generator.uniform(-1.5, 0, (channels, points))
        envelope = np.stack([np.interp(time_axis, places, level) for level in levels])
        frequency = generator.uniform(0.003, 0.3)
        tone = np.sin(2 * np.pi * (frequency * time_axis + generator.uniform()))
        result += (0.1 * envelope * tone).astype(np.float32)
    noise = generator.standard_normal((channels, samples), np.float32)
    result += np.float32(0.1) * noise * envelope.astype(np.float32)
    return result
