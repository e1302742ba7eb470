"""Taggers whose ears are easy to understand, and sound for them."""

from __future__ import annotations

import math
from collections.abc import Sequence

import torch

from endpoints.tagbox.taggers.tagger import RATE

LOW, HIGH = 300.0, 2500.0
"""Hz: of the two tones that the toy has words for."""


class ToneTagger:
    """Hears how much of a sound is the low tone, the high one, or neither: ``low``, ``high``, ``other``."""

    tags: Sequence[str] = ("low", "high", "other")

    def excerpt(self, sound: torch.Tensor, start: int) -> torch.Tensor:
        del start  # a tone is the same everywhere
        power = torch.fft.rfft(sound).abs().square()
        places = torch.fft.rfftfreq(sound.shape[0], 1 / RATE)
        near = [(places - tone).abs() < 60 for tone in (LOW, HIGH)]
        whole = power.sum() + 1e-9
        shares = [power[around].sum() / whole for around in near]
        return 12 * (torch.stack([*shares, 1 - shares[0] - shares[1]]) - 0.6)

    def opinion(self, sound: torch.Tensor) -> torch.Tensor:
        with torch.no_grad():
            return self.excerpt(sound, 0).sigmoid()


def tones(seconds: float, rate: int = RATE) -> tuple[torch.Tensor, torch.Tensor]:
    """Return the low tone in three strokes a second and the high one in two, ``(samples,)`` each."""
    time = torch.arange(round(seconds * rate)) / rate
    low = 0.2 * torch.sin(2 * math.pi * LOW * time) * torch.exp(-4 * (time * 3 % 1))
    high = 0.2 * torch.sin(2 * math.pi * HIGH * time) * torch.exp(-3 * (time * 2 % 1))
    return low, high


def ratio(wanted: torch.Tensor, found: torch.Tensor) -> float:
    """Return the scale-invariant ratio of signal to distortion, in dB (J. Le Roux and others, ICASSP 2019)."""
    wanted, found = wanted.double(), found.double()
    target = (found @ wanted) / (wanted @ wanted) * wanted
    return float(10 * torch.log10(target.square().sum() / (found - target).square().sum()))
