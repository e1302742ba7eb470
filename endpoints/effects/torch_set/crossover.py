"""Sound taken apart into bands that add up to the sound itself, sample by sample.

R. H. Small: "Constant-voltage crossover network design", JAES 19(1), 1971: of two bands one is what a low-pass filter
lets through, the other what it leaves. Nothing is late and no phase is turned, so that bands which are left alone are
not heard at all. The price: the upper band falls by 6 dB an octave below the split, the lower by 12 dB above it, where
a crossover that turns the phase has steeper bands. The low-pass has its two poles in one place: the upper band then
rises by 1.25 dB at most before it falls.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from endpoints.effects.torch_set.biquads import Cascade, low_pass
from endpoints.effects.torch_set.effect import State
from endpoints.effects.torch_set.spread import Spread


@dataclass(frozen=True)
class Crossover:
    """The low-pass filters between n + 1 bands, from the lowest frequency up."""

    splits: tuple[Cascade, ...]

    @classmethod
    def at(cls, frequencies: list[Tensor], rate: float, channels: int, spread: Spread) -> Crossover:
        """Return the crossover at these frequencies in Hz, ``(items,)`` each."""
        return cls(tuple(Cascade(low_pass(frequency, rate), channels, spread) for frequency in frequencies))

    def run(self, sound: Tensor, state: State) -> Tensor:
        """Return the bands of the next ``(items, channels, samples)``, ``(bands, items, channels, samples)``."""
        bands: list[Tensor] = []
        rest = sound
        for number, split in enumerate(self.splits):
            bands.append(split.run(rest, state, f"low {number}"))
            rest = rest - bands[-1]
        return torch.stack([*bands, rest])
