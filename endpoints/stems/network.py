"""One network on its device, whatever its class, which tells how far a call is."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from app.audacitorch.inference.precision import FLOAT32, computing, objection, refusal

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
        self.precision = FLOAT32
        self._device = torch.device(device)
        self._model: Any = model.eval().to(device)
        self._tick: Tick = ignore
        self._done = 0
        self._count = turns or len(parts)
        for part in parts:
            part.register_forward_pre_hook(lambda *_: self._tell())

    def __call__(self, mix: Samples, rows: Sequence[int] | None = None, tick: Tick = ignore) -> Samples:
        """Map ``mix (2, segment)`` to those of its stems that are asked for, or all, ``(rows, 2, segment)``."""
        self._tick, self._done = tick, 0
        try:
            with torch.inference_mode(), computing(self.precision, self._device):
                stems = self._model(torch.from_numpy(np.ascontiguousarray(mix))[None].to(self._device))[0]
                taken: Samples = stems[slice(None) if rows is None else list(rows)].float().cpu().numpy()
        finally:
            self._tick = ignore
        return taken

    def settle(self, wanted: str) -> str:
        """Compute with the precision that the operator asked for, where the result is the same within 60 dB.

        Args:
            wanted: one of :data:`app.config.PRECISIONS`.

        Returns:
            What the user reads where it is not so, else ``""``.
        """
        if wanted == FLOAT32:
            return ""
        noise = 0.1 * np.random.default_rng(0).standard_normal((2, self.segment), np.float32)
        reason = objection(wanted, self._device, lambda: [self(noise)], lambda: self._tried(wanted, noise))
        if reason:
            return refusal(wanted, reason)
        self.precision = wanted
        return ""

    def _tried(self, precision: str, noise: Samples) -> list[Samples] | None:
        self.precision = precision
        try:
            return [self(noise)]
        except RuntimeError:
            return None
        finally:
            self.precision = FLOAT32

    def _tell(self) -> None:
        self._tick(min(1.0, self._done / self._count))
        self._done += 1
