"""An effect that gives back as many samples as went in, in their place, whatever its model returns."""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray

from app.audacitorch.inference.forward import Model, forward_waveform

_MOST_TRIES = 8
"""A model that drops what does not fill its last frame may return too little for a little more input, too."""


class WholeForward:
    """Runs a model with silence after the input where it returns too little; how much only depends on the length.

    Args:
        model: what is called with a tensor.
        device: where it is.
        late: by how many samples its results are late (early, if negative), which is taken back: so much silence is
            put after the input (before it), and so much of the result thrown away.
    """

    def __init__(self, model: Model, device: torch.device, late: int = 0) -> None:
        self._model = model
        self._device = device
        self._late = late
        self._silence: dict[int, int] = {}

    def __call__(self, samples: NDArray[np.float32]) -> NDArray[np.float32]:
        """Map ``(channels, n)`` to ``(rows, n)``; what the model never returns is silence.

        Raises:
            ModelRunError: the model failed, or returned something that is no result.
        """
        if not self._late:
            return self._complete(samples)
        late = abs(self._late)
        rows = self._complete(np.pad(samples, ((0, 0), (0, late) if self._late > 0 else (late, 0))))
        return rows[:, late:] if self._late > 0 else rows[:, : samples.shape[1]]

    def _complete(self, samples: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return as many samples as went in, wherever they belong."""
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
