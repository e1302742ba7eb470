"""A gate: what is below a threshold comes out further below it, down to a range.

A downward expander with the detector of `compressor`: the gain opens by the attack and closes by the release.
"""

from __future__ import annotations

import torch
from torch import Tensor

from endpoints.effects.torch_set.ballistics import keeping
from endpoints.effects.torch_set.compressor import Following, past
from endpoints.effects.torch_set.effect import Knobs, State, TorchEffect, gain_of, knob, level_of
from endpoints.effects.torch_set.spread import Spread


class Gate(TorchEffect):
    """One band. No latency. With a range of 0 dB it does nothing."""

    name, uri = "Gate", "harpist:gate"
    known = (
        knob("threshold", "Threshold", -80, 0, -40, "dB"),
        knob("range", "Range, the most it turns down", 0, 80, 0, "dB"),
        knob("ratio", "Ratio", 1, 20, 10, ":1"),
        knob("knee", "Knee", 0, 24, 3, "dB"),
        knob("attack", "Attack, to open", 0.1, 100, 1, "ms"),
        knob("release", "Release, to close", 5, 2000, 100, "ms"),
        knob("output", "Gain after", -36, 36, 0, "dB"),
    )

    def prepare(self, knobs: Knobs, spread: Spread) -> tuple[Knobs, Following]:
        """Return the values, spread, and how the gain follows."""
        following = Following(spread(keeping(knobs["release"], self.rate)), spread(keeping(knobs["attack"], self.rate)))
        return {name: spread(value) for name, value in knobs.items()}, following

    def run(self, sound: Tensor, prepared: tuple[Knobs, Following], state: State) -> Tensor:
        """Return the next ``(items, channels, samples)``."""
        knobs, following = prepared
        under = knobs["threshold"] - level_of(sound)
        reduction = torch.minimum(past(under, knobs["knee"]) * (knobs["ratio"] - 1), knobs["range"])
        gain = knobs["output"] - following.run(reduction, state, "reduction")
        return sound * gain_of(gain)[:, None, :]
