"""Where values lie beside the sound that they are for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor


@dataclass(frozen=True)
class Spread:
    """Values of several sounds, in force for all of each; or values of one sound, one after the other.

    Attributes:
        lengths: samples for which each value of one sound is in force; none: each value is of a sound of its own.
    """

    lengths: tuple[int, ...] = ()

    def __call__(self, values: Tensor) -> Tensor:
        """Return ``(items,)`` as ``(items, 1)``; one after the other as ``(1, samples)``, equal ones as ``(1, 1)``."""
        if not self.lengths:
            return values[:, None]
        if bool((values == values[0]).all()):
            return values[:1, None]
        return values.repeat_interleave(torch.tensor(self.lengths))[None]

    def stacked(self, values: Sequence[Tensor]) -> Tensor:
        """Return several one below the other: ``(values · items, 1)``, or ``(values, samples)``."""
        rows = [self(value) for value in values]
        longest = max(row.shape[1] for row in rows)
        return torch.cat([row.expand(-1, longest) for row in rows])

    def rows(self, filters: Tensor, channels: int) -> NDArray[np.float64]:
        """Return filters ``(items, n)`` for each channel: ``(items · channels, 1, n)``, or ``(channels, items, n)``."""
        numbers: NDArray[np.float64] = filters.numpy()
        if not self.lengths:
            return numbers.repeat(channels, axis=0)[:, None]
        return np.broadcast_to(numbers, (channels, *numbers.shape))
