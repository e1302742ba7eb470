"""Models whose right answer is known: nothing, a filter of bounded length, a gain that depends on all of the input."""

from __future__ import annotations

import torch
from torch import nn
from torch.nn import functional

from app.audacitorch import WaveformToWaveformBase


class Identity(nn.Module):
    """Gives back what it gets."""

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Map ``(channels, samples)`` to itself."""
        return x


class LongFilter(nn.Module):
    """Four dilated convolutions that hear a fifth of a second to either side at 16 kHz."""

    def __init__(self) -> None:
        super().__init__()
        self.layers = nn.ModuleList([nn.Conv1d(1, 1, 9, dilation=9**power, bias=False) for power in (0, 1, 2, 3)])
        self.reach = sum(4 * 9**power for power in (0, 1, 2, 3))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Map ``(1, samples)`` to ``(1, samples)``."""
        y = functional.pad(x[None], (self.reach, self.reach))
        for layer in self.layers:
            y = layer(y)
        return y[0]


class PeakNormaliser(nn.Module):
    """Scales its input to full scale: no chunk can know the gain of the whole."""

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Map ``(1, samples)`` to ``(1, samples)``."""
        return x / torch.clamp(x.abs().max(), min=1e-6)


class SimpleEffect(WaveformToWaveformBase):
    """One of them as a model of the audacitorch format."""

    def do_forward_pass(self, x: torch.Tensor) -> torch.Tensor:
        """Map ``(channels, samples)`` to ``(channels, samples)``."""
        return self.model(x)
