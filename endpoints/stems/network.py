"""One network on its device, whatever its class, which tells how far a call is."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

Samples = NDArray[np.float32]
Tick = Callable[[float], None]
"""Takes the share that is done of one call, 0 to 1; what it raises ends the call."""


def ignore(_: float) -> None:
    """Tell nobody."""


class Network:
    """One network, ready on its device.

    Args:
        model: maps ``(1, 2, segment)`` to ``(1, stems, 2, segment)``.
        segment: how many samples it was trained on, which it always gets.
        parts: those of its parts that take turns, each about as long as the others, none long: so a cancel is noticed
            between two.
        device: a torch device's name.
        turns: about how many these are in one call; 0: one of each part.
    """

    def __init__(
        self, model: torch.nn.Module, segment: int, parts: Sequence[torch.nn.Module], device: str, turns: int = 0
    ) -> None:
        self.segment = segment
        self._device = device
        self._model: Any = model.eval().to(device)
        self._tick: Tick = ignore
        self._done = 0
        self._count = turns or len(parts)
        for part in parts:
            part.register_forward_pre_hook(lambda *_: self._tell())

    def __call__(self, mix: Samples, rows: Sequence[int], tick: Tick = ignore) -> Samples:
        """Map ``mix (2, segment)`` to those of its stems that are asked for, ``(rows, 2, segment)``."""
        self._tick, self._done = tick, 0
        try:
            with torch.inference_mode():
                stems = self._model(torch.from_numpy(np.ascontiguousarray(mix))[None].to(self._device))[0]
                taken: Samples = stems[list(rows)].float().cpu().numpy()
        finally:
            self._tick = ignore
        return taken

    def _tell(self) -> None:
        self._tick(min(1.0, self._done / self._count))
        self._done += 1
