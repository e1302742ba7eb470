"""A parametric equaliser: two shelves and three bells."""

from __future__ import annotations

import torch
from torch import Tensor

from endpoints.effects.torch_set.biquads import Cascade, Sections, in_a_row, peak, shelf
from endpoints.effects.torch_set.effect import Knobs, State, TorchEffect, gain_of, knob
from endpoints.effects.torch_set.spread import Spread

_BELLS = ((1, 250.0), (2, 1000.0), (3, 4000.0))


class ParametricEqualiser(TorchEffect):
    """Five bands in a row (`biquads` has the designs), and a gain. No latency."""

    name, uri = "Parametric equaliser", "harpist:parametric-equaliser"
    known = (
        knob("low_gain", "Low shelf", -24, 24, 0, "dB"),
        knob("low_frequency", "Low shelf at", 20, 1000, 100, "Hz"),
        *(
            made
            for number, frequency in _BELLS
            for made in (
                knob(f"gain_{number}", f"Bell {number}", -24, 24, 0, "dB"),
                knob(f"frequency_{number}", f"Bell {number} at", 20, 20000, frequency, "Hz"),
                knob(f"quality_{number}", f"Bell {number}, frequency / width", 0.1, 20, 0.7, ":1"),
            )
        ),
        knob("high_gain", "High shelf", -24, 24, 0, "dB"),
        knob("high_frequency", "High shelf at", 1000, 20000, 8000, "Hz"),
        knob("output", "Gain", -24, 24, 0, "dB"),
    )

    def prepare(self, knobs: Knobs, spread: Spread) -> tuple[Cascade, Tensor]:
        """Return the filters, and the gain as a factor, ``(items, 1, 1)`` or ``(1, 1, samples)``."""
        return Cascade(self.sections(knobs), self.channels, spread), gain_of(spread(knobs["output"]))[:, None]

    def sections(self, knobs: Knobs) -> Sections:
        """Return the filters' coefficients, without the gain."""
        return in_a_row(
            shelf(knobs["low_frequency"], knobs["low_gain"], self.rate, high=False),
            peak(
                torch.stack([knobs[f"frequency_{number}"] for number, _ in _BELLS]),
                torch.stack([knobs[f"gain_{number}"] for number, _ in _BELLS]),
                torch.stack([knobs[f"quality_{number}"] for number, _ in _BELLS]),
                self.rate,
            ),
            shelf(knobs["high_frequency"], knobs["high_gain"], self.rate, high=True),
        )

    def run(self, sound: Tensor, prepared: tuple[Cascade, Tensor], state: State) -> Tensor:
        """Return the next ``(items, channels, samples)``."""
        cascade, gain = prepared
        return cascade.run(sound, state, "bands") * gain
