"""Models with controls and further sounds of their own."""

from __future__ import annotations

import torch
from torch import nn

from app.audacitorch import WaveformToLabelsBase, WaveformToWaveformBase
from tests.audacitorch.models import EFFECT

DRIVEN = {
    **EFFECT,
    "controls": [
        {"argument": "gain", "label": "Loudness", "help": "How loud.", "unit": "dB", "minimum": -40, "maximum": 40},
        {"argument": "mode", "choices": ["plain", "inverted"]},
        {"argument": "times", "minimum": 1, "maximum": 4},
    ],
}


class Driven(WaveformToWaveformBase):
    """The input at a level in dB, so many times, inverted if wanted, with an offset."""

    def __init__(self) -> None:
        super().__init__(nn.Identity())

    def do_forward_pass(
        self,
        x: torch.Tensor,
        gain: float = 0.0,
        mode: str = "plain",
        times: int = 1,
        silent: bool = False,
        offset: float = 0.0,
        wet: float = 1.0,
    ) -> torch.Tensor:
        """Change the level."""
        y = x * 10.0 ** (gain / 20.0) * wet
        for _ in range(times - 1):
            y = y + x
        if mode == "inverted":
            y = -y
        if silent:
            y = y * 0
        return y + offset


class Echo(WaveformToWaveformBase):
    """The input and its copy so many milliseconds later."""

    def __init__(self) -> None:
        super().__init__(nn.Identity())

    def do_forward_pass(self, x: torch.Tensor, delay: float = 5.0) -> torch.Tensor:
        n = int(delay * 8.0)
        return x + nn.functional.pad(x, [n, 0])[:, : x.shape[1]]


class Against(WaveformToWaveformBase):
    """The input less a reference, if there is one."""

    def __init__(self) -> None:
        super().__init__(nn.Identity())

    def do_forward_pass(
        self, x: torch.Tensor, reference: torch.Tensor | None = None, amount: float = 1.0
    ) -> torch.Tensor:
        return x if reference is None else x - amount * reference


class Stereo(WaveformToWaveformBase):
    """Stereo less a reference with its sides swapped; refuses mono."""

    def __init__(self) -> None:
        super().__init__(nn.Identity())

    def do_forward_pass(self, x: torch.Tensor, reference: torch.Tensor | None = None) -> torch.Tensor:
        assert x.shape[0] == 2, "two channels"
        return x if reference is None else x - reference.flip(0)


class Sum(nn.Module):
    """Two waveforms, neither of which may be missing."""

    def forward(self, x: torch.Tensor, second: torch.Tensor) -> torch.Tensor:
        return x + second


class Louder(WaveformToLabelsBase):
    """Every tenth of a second in which the input is louder than a level, or than a reference."""

    def __init__(self) -> None:
        super().__init__(nn.Identity())

    def do_forward_pass(
        self, x: torch.Tensor, level: float = 0.1, reference: torch.Tensor | None = None
    ) -> tuple[torch.Tensor, torch.Tensor]:
        size = 800
        frames = x.shape[1] // size
        loud = x[0, : frames * size].reshape(frames, size).abs().mean(dim=1)
        limit = torch.full_like(loud, level)
        if reference is not None:
            limit = reference[0, : frames * size].reshape(frames, size).abs().mean(dim=1)
        found = torch.nonzero(loud > limit)[:, 0]
        starts = found.to(torch.float32) * 0.1
        return torch.zeros_like(found), torch.stack([starts, starts + 0.1], dim=1)
