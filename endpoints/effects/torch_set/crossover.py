"""Sound taken apart into bands that add up to a sound as loud at every frequency.

S. H. Linkwitz: "Active crossover networks for noncoincident drivers", JAES 24(1), 1976: two Butterworth filters in a
row, -6 dB where the bands meet, both in phase there. A band that is not split at a frequency goes through the all-pass
filter that the split is to the others, so that all are in phase; the sum is the sound through these all-pass filters.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from endpoints.effects.torch_set.biquads import Cascade, all_pass, butterworth, in_a_row
from endpoints.effects.torch_set.effect import State


@dataclass(frozen=True)
class Crossover:
    """The filters between n + 1 bands, from the lowest frequency up: of each its low-pass, high-pass and all-pass."""

    splits: tuple[tuple[Cascade, Cascade, Cascade], ...]

    @classmethod
    def at(cls, frequencies: list[Tensor], rate: float, channels: int) -> Crossover:
        """Return the crossover at these frequencies in Hz, ``(items,)`` each."""
        splits = []
        for frequency in frequencies:
            low, high = butterworth(frequency, rate, high=False), butterworth(frequency, rate, high=True)
            sections = (in_a_row(low, low), in_a_row(high, high), all_pass(frequency, rate))
            splits.append(tuple(Cascade.of(section, channels) for section in sections))
        return cls(tuple(splits))  # type: ignore[arg-type]

    def run(self, sound: Tensor, state: State) -> Tensor:
        """Return the bands of the next ``(items, channels, samples)``, ``(bands, items, channels, samples)``."""
        bands: list[Tensor] = []
        rest = sound
        for number, (low, high, through) in enumerate(self.splits):
            bands = [through.run(band, state, f"through {number} {k}") for k, band in enumerate(bands)]
            bands.append(low.run(rest, state, f"low {number}"))
            rest = high.run(rest, state, f"high {number}")
        return torch.stack([*bands, rest])
