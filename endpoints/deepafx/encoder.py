"""What hears a sound and says where the knobs should stand: a log-mel spectrogram, and a small network."""

from __future__ import annotations

from functools import cache

import torch
from torch import Tensor, nn

RATE = 22050
"""Hz that it hears at, whatever the effects run at."""

HEARD = 40960
"""Samples, 1.86 s, around those for which it turns the knobs."""

_FRAME, _HOP, _MELS = 1024, 256, 128
FRAMES = (HEARD - _FRAME) // _HOP + 1
_CHANNELS = (16, 32, 48, 64)


@cache
def _mel_bands() -> Tensor:
    """Return how much of each bin lies in each band, ``(513, 128)``: triangles on the HTK mel scale, 0 to 11,025 Hz."""

    def mel(frequency: Tensor) -> Tensor:
        return 2595 * torch.log10(1 + frequency / 700)

    bins = mel(torch.linspace(0, RATE / 2, _FRAME // 2 + 1, dtype=torch.float64))[:, None]
    edges = torch.linspace(0, mel(torch.tensor(RATE / 2, dtype=torch.float64)).item(), _MELS + 2, dtype=torch.float64)
    up, down = (bins - edges[:-2]) / (edges[1:-1] - edges[:-2]), (edges[2:] - bins) / (edges[2:] - edges[1:-1])
    return torch.minimum(up, down).clamp(min=0).float()


def log_mel(sound: Tensor) -> Tensor:
    """Return log10 of the power in each mel band, from -6 up.

    Args:
        sound: ``(items, samples)`` at 22,050 Hz.

    Returns:
        ``(items, frames, 128)``: frames of 1,024 samples, 256 apart, none beyond the sound.
    """
    frames = sound.unfold(-1, _FRAME, _HOP) * torch.hann_window(_FRAME)
    power = torch.fft.rfft(frames).abs() ** 2
    return torch.log10(power @ _mel_bands() + 1e-6)


class Encoder(nn.Module):
    """Four convolutions, each half as long and as high as the one before; means over time; two layers.

    The bands stay apart to the end, since an equaliser has to know them. One mean is over all that is heard, the other
    over the middle, for which the knobs are turned: a breath there is told from one before. 112,000 numbers and 65 a
    knob, 0.45 MB.

    Args:
        knobs: how many it turns.
    """

    mean: Tensor
    spread: Tensor

    def __init__(self, knobs: int) -> None:
        super().__init__()
        self.register_buffer("mean", torch.tensor(-2.0))
        self.register_buffer("spread", torch.tensor(2.0))
        layers: list[nn.Module] = []
        before = 1
        for channels in _CHANNELS:
            layers += [nn.Conv2d(before, channels, 3, stride=2, padding=1), nn.ReLU()]
            before = channels
        self.layers = nn.Sequential(*layers)
        self.head = nn.Sequential(nn.Linear(2 * before * _MELS // 16, 64), nn.ReLU(), nn.Linear(64, knobs))

    def fit(self, mels: Tensor) -> None:
        """Take the mean and the spread of what it will hear from ``(items, frames, 128)``."""
        self.mean.copy_(mels.mean())
        self.spread.copy_(mels.std().clamp(min=0.1))

    def forward(self, mels: Tensor) -> Tensor:
        """Return turns from 0 to 1, ``(items, knobs)``, of ``(items, 157, 128)``."""
        found = self.layers(((mels - self.mean) / self.spread)[:, None])
        middle = found[:, :, found.shape[2] // 2 - 1 : found.shape[2] // 2 + 1]
        means = torch.cat([found.mean(2), middle.mean(2)], dim=1)
        turns: Tensor = torch.sigmoid(self.head(means.flatten(1)))
        return turns


def new_encoder(knobs: int, seed: int) -> Encoder:
    """Return an encoder of random weights, the same for a seed; nobody else's numbers are drawn."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        return Encoder(knobs)
