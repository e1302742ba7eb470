"""The model that is being checked, and what may be spent on it."""

from __future__ import annotations

import math
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from app.audacitorch.arguments.declared import Value
from app.audacitorch.arguments.signature import Rehearsed
from app.audacitorch.failures import model_failure
from app.audacitorch.inference.forward import forward_labels, uncut_waveform
from app.audacitorch.loading import load_model
from app.audacitorch.metadata import ModelMetadata
from app.audacitorch.profile import ModelProfile
from app.audacitorch.torchscript import executor
from app.audacitorch.trial.timed_run import made_up_sound
from app.errors import HarpistError, ModelRunError, WorkerError

Samples = NDArray[np.float32]

CPU = torch.device("cpu")


class OutOfMemoryError(WorkerError):
    """The model needed more memory than there is; what it took may not be free again."""


class OutOfTimeError(WorkerError):
    """The check's time is over, and no further call begins."""


@dataclass
class Subject:
    """A model on the CPU.

    Attributes:
        folder: where its files lie.
        metadata: what they say.
        profile: what was learnt when it was tried.
        model: the loaded model, whose further waveforms are made from its input.
        deadline: the processor time (s, as :func:`time.process_time` tells it) at which nothing further is tried.
        measured: what was measured, for the report.
        limit: the processor time (s) at which no call begins any more.
        odd_types: the types of its weights other than float32, for a sentence.
    """

    folder: Path
    metadata: ModelMetadata
    profile: ModelProfile
    model: Rehearsed
    deadline: float
    measured: dict[str, str] = field(default_factory=dict)
    pace: float = 0.0
    limit: float = math.inf
    odd_types: str = ""

    @property
    def rate(self) -> int:
        """The model's sample rate in Hz."""
        return self.metadata.sample_rate

    @property
    def usual(self) -> int:
        """A length that the model works with, in samples."""
        return max(64, round(self.profile.seconds * self.rate))

    def sound(self, samples: int, seed: int = 0, channels: int = 0) -> Samples:
        """Return made-up sound, ``(channels, samples)``, with the model's channels unless told otherwise."""
        return made_up_sound(channels or self.profile.channels, samples, self.rate, seed)

    def affords(self, samples: int) -> bool:
        """Whether there is time for a call of so many samples; where there is not, the report tells."""
        enough = time.process_time() + self.pace * samples <= self.deadline
        if not enough:
            self.measured["left out"] = "trials that would have taken too long"
        return enough

    def reload(self) -> None:
        """Open the model anew, so that nothing is left of what it was given."""
        self.model = Rehearsed(load_model(self.folder, "cpu"), self.profile.arguments)

    def _begin(self) -> float:
        """Return the processor time (s) at which a call begins; raises OutOfTimeError once the check's is over."""
        now = time.process_time()
        if now > self.limit:
            self.measured["left out"] = "trials for which no time was left"
            raise OutOfTimeError("The check's time is over.")
        return now

    def raw(self, samples: Samples) -> Any:
        """Return what the model itself returns for ``(channels, n)``, unchecked.

        Raises:
            ModelRunError: it failed.
            OutOfMemoryError: there was too little memory for it.
            OutOfTimeError: the check's time is over.
        """
        self._begin()
        try:
            with torch.inference_mode(), executor():
                return self.model(torch.from_numpy(samples.copy()))
        except Exception as error:
            raise _failed(model_failure(error)) from error

    def run(self, samples: Samples, values: Mapping[str, Value] | None = None) -> list[NDArray[Any]]:
        """Run the model on ``(channels, n)``: its rows ``(rows, about n)``, or labels and times ``(n, 2)`` in seconds.

        Args:
            samples: its input.
            values: its own arguments by name; those left out keep their defaults.

        Raises:
            ModelRunError: it failed, or returned something that is no result.
            OutOfMemoryError: there was too little memory for it.
            OutOfTimeError: the check's time is over.
        """
        model = self.model if values is None else self.model.set_to(values)
        begin = self._begin()
        try:
            if self.profile.labels:
                result: list[NDArray[Any]] = list(forward_labels(model, samples, CPU))
            else:
                result = [uncut_waveform(model, samples, CPU)]
        except ModelRunError as error:
            raise _failed(error) from error
        self.pace = (time.process_time() - begin) / samples.shape[1]
        return result

    def failure(self, samples: Samples) -> str:
        """Return why the model has no result for ``(channels, n)``, or ``""``.

        Raises:
            OutOfMemoryError: there was too little memory for it.
        """
        try:
            self.run(samples)
        except ModelRunError as error:
            return reason(error)
        return ""


def _failed(error: ModelRunError) -> HarpistError:
    """Return the error of a failed call: a want of memory says nothing of what the model was given."""
    return OutOfMemoryError(error.message) if "ran out of memory" in error.message else error


def reason(error: ModelRunError) -> str:
    """Return what a model's failure says, as a clause for the end of a sentence.

    >>> reason(ModelRunError("The model failed on this region: too short."))
    'too short'
    """
    text = error.message.rstrip(".").removeprefix("The model failed on this region")
    return (
        text.removeprefix(": ").removesuffix(" for this region").replace("The model", "the model") or "no reason given"
    )
