"""An effect that gives back as many samples as went in, whatever length its model returns."""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray

from app.audacitorch.inference.forward import Model, forward_waveform

_MOST_TRIES = 8
"""A model that drops what does not fill its last frame may return too little for a little more input, too."""


class WholeForward:
    """Runs a model with silence after the input where it returns too little; how much only depends on the length."""

    def __init__(self, model: Model, device: torch.device) -> None:
        self._model = model
        self._device = device
        self._silence: dict[int, int] = {}

    def __call__(self, samples: NDArray[np.float32]) -> NDArray[np.float32]:
        """Map ``(channels, n)`` to ``(rows, n)``; what the model never returns is silence.

        Raises:
            ModelRunError: the model failed, or returned something that is no result.
        """
        length = samples.shape[1]
        silence = self._silence.get(length, 0)
        for _ in range(_MOST_TRIES):
            given = np.pad(samples, ((0, 0), (0, silence))) if silence else samples
            rows = forward_waveform(self._model, given, self._device)
            missing = length - rows.shape[1]
            if missing <= 0:
                break
            silence = 2 * silence + missing
        else:
            silence = 0
            rows = np.pad(rows, ((0, 0), (0, missing)))
        self._silence[length] = silence
        return rows[:, :length]
