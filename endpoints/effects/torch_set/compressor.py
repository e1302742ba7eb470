"""A compressor: what is above a threshold comes out less far above it.

Feed-forward, over decibels, gain computer and detector as in D. Giannoulis, M. Massberg, J. D. Reiss: "Digital dynamic
range compressor design", JAES 60(6), 2012 (equations 4 and 18), the peak of the loudest channel as the level.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from endpoints.effects.torch_set.ballistics import follow, followed, keeping
from endpoints.effects.torch_set.effect import Knobs, State, TorchEffect, gain_of, knob, level_of
from endpoints.effects.torch_set.spread import Spread


@dataclass(frozen=True)
class Following:
    """How fast a reduction follows: α on its way up and down, ``(items, 1)`` each, or ``(items, samples)``."""

    rise: Tensor
    fall: Tensor

    def run(self, reduction: Tensor, state: State, name: str) -> Tensor:
        """Return ``reduction (items, samples)`` in dB as it is followed; from 0 dB at the start."""
        start = state.get(name)
        if start is None:
            start = reduction.new_zeros(len(reduction))
        if torch.is_grad_enabled():
            return follow(reduction, self.rise[:, 0], self.fall[:, 0], start)
        found = torch.from_numpy(followed(reduction.numpy(), self.rise.numpy(), self.fall.numpy(), start.numpy()))
        state[name] = found[:, -1]
        return found


def past(distance: Tensor, knee: Tensor) -> Tensor:
    """Return how far levels are past a threshold, in dB, the edge rounded over ``knee`` dB around it.

    Equation 4 of the paper without its cases: 0 before the knee, ``(distance + knee/2)² / (2 knee)`` in it.

    Args:
        distance: ``(items, samples)``, in dB, above 0 past the threshold.
        knee: ``(items, 1)`` or ``(items, samples)``, in dB; 0 is a sharp edge.
    """
    width = knee.clamp(min=1e-6)
    inside = torch.minimum((distance + width / 2).clamp(min=0), width)
    return inside * inside / (2 * width) + (distance - width / 2).clamp(min=0)


class Compressor(TorchEffect):
    """One band. No latency. With a ratio of 1 it does nothing."""

    name, uri = "Compressor", "harpist:compressor"
    known = (
        knob("input", "Gain before", -36, 36, 0, "dB"),
        knob("threshold", "Threshold", -60, 0, -20, "dB"),
        knob("ratio", "Ratio", 1, 20, 1, ":1"),
        knob("knee", "Knee", 0, 24, 6, "dB"),
        knob("attack", "Attack", 0.1, 200, 10, "ms"),
        knob("release", "Release", 5, 2000, 150, "ms"),
        knob("output", "Gain after", -36, 36, 0, "dB"),
    )

    def prepare(self, knobs: Knobs, spread: Spread) -> tuple[Knobs, Following]:
        """Return the values, spread, and how the gain follows."""
        following = Following(spread(keeping(knobs["attack"], self.rate)), spread(keeping(knobs["release"], self.rate)))
        return {name: spread(value) for name, value in knobs.items()}, following

    def run(self, sound: Tensor, prepared: tuple[Knobs, Following], state: State) -> Tensor:
        """Return the next ``(items, channels, samples)``."""
        knobs, following = prepared
        over = level_of(sound) + knobs["input"] - knobs["threshold"]
        reduction = past(over, knobs["knee"]) * (1 - 1 / knobs["ratio"])
        gain = knobs["input"] + knobs["output"] - following.run(reduction, state, "reduction")
        return sound * gain_of(gain)[:, None, :]
