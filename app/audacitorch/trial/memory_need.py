"""How much memory a model's call needs, by the length of its input: as much as its longest inputs depend on."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

MEMORY_BUDGET = 2**30
"""Bytes that a model's call may need; inputs are made no longer than that."""

_USUAL = 2.5
"""Seconds of the input that it is measured with, unless the model wants more."""


class Measured(Protocol):
    """A model whose memory can be measured."""

    rate: int

    def memory(self, length: int) -> int:
        """Return how many bytes a call of ``length`` samples needs at its height."""


@dataclass(frozen=True)
class MemoryNeed:
    """Bytes of a call: ``linear`` for each sample of its input, and ``square`` for each pair, as attention needs."""

    linear: float
    square: float

    def fits(self, samples: int) -> bool:
        """Whether the budget allows a call of so many samples."""
        return self.linear * samples + self.square * samples**2 <= MEMORY_BUDGET

    def longest(self) -> int:
        """Return how many samples the budget allows at once."""
        if not self.linear and not self.square:
            return MEMORY_BUDGET
        # The root of a quadratic equation, in the form that bears a square of 0.
        root = math.sqrt(self.linear**2 + 4 * self.square * MEMORY_BUDGET)
        return int(2 * MEMORY_BUDGET / (self.linear + root))


def memory_need(model: Measured, shortest: float) -> MemoryNeed:
    """Measure a model that works with inputs of ``shortest`` seconds.

    Raises:
        ModelRunError: it failed.
        TooSlowError: it would not be done in time.
    """
    half = max(64, round(max(_USUAL, shortest) * model.rate))
    whole = 2 * half
    least, most = model.memory(half), model.memory(whole)
    square = max(0.0, (most / whole - least / half) / (whole - half))
    return MemoryNeed(max(0.0, most / whole - square * whole), square)


def longest_chunk(need: MemoryNeed, shortest: float, lengths: Sequence[float], rate: int) -> int:
    """Return the longest of some lengths (s), in samples, that the memory budget allows, else the shortest of them."""
    fitting = [round(seconds * rate) for seconds in lengths if seconds >= shortest]
    fitting = fitting or [2 * max(64, round(max(_USUAL, shortest) * rate))]
    return next((samples for samples in fitting if need.fits(samples)), fitting[-1])
