"""Where notes begin and where beats are, by our own labeler."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from endpoints.bundled.onsets_beats import LABELS, SAMPLE_RATE, OnsetsBeats

Samples = NDArray[np.floating[Any]]

RATE = SAMPLE_RATE
"""Hz: what it hears."""
_SLOWEST, _FASTEST = 55.0, 215.0
"""Beats a minute."""


class Rhythm:
    """Hears onsets and beats; made once, since that takes a moment."""

    def __init__(self) -> None:
        self._heard = OnsetsBeats().eval()

    def moments(self, mono: Samples) -> tuple[tuple[float, ...], tuple[float, ...]]:
        """Return the onsets and the beats of ``mono (samples,)`` at :data:`RATE`, in seconds."""
        sound = torch.from_numpy(np.ascontiguousarray(mono, dtype=np.float32))[None]
        with torch.inference_mode():
            labels, seconds = self._heard(sound, _SLOWEST, _FASTEST, "as found", "auto")
        onsets, beats = (seconds[labels == LABELS.index(name), 0].tolist() for name in ("onset", "beat"))
        return tuple(onsets), tuple(beats)
