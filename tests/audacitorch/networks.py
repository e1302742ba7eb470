"""Models whose context, stride and dependences are known, small ones of every kind that matters to chunks."""

from __future__ import annotations

import torch
from torch import nn
from torch.nn import functional

from app.audacitorch import WaveformToWaveformBase


class Mono(WaveformToWaveformBase):
    """A network over ``(batch, 1, samples)`` as a model."""

    def do_forward_pass(self, x: torch.Tensor) -> torch.Tensor:
        return self.model(x.unsqueeze(1)).squeeze(1)


class Convolution(nn.Module):
    """Uneven context: a sample hears ``before`` samples before it and ``after`` after it."""

    def __init__(self, before: int, after: int) -> None:
        super().__init__()
        self.before, self.after = before, after
        self.filter = nn.Conv1d(1, 1, before + after + 1)
        nn.init.uniform_(self.filter.weight, 0.5, 1.0)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return torch.tanh(self.filter(functional.pad(x, [self.before, self.after])))


class Masking(nn.Module):
    """A strided encoder, dilated convolutions that make a mask, and a transposed decoder: a small Conv-TasNet.

    Its output is as long as whole frames are. With ``normalised``, the mask depends on the mean over everything.
    """

    def __init__(self, length: int, dilations: int = 5, normalised: bool = False) -> None:
        super().__init__()
        self.encoder = nn.Conv1d(1, 24, length, length // 2)
        self.layers = nn.ModuleList(nn.Conv1d(24, 24, 3, padding=2**i, dilation=2**i) for i in range(dilations))
        for layer in self.layers:
            nn.init.normal_(layer.weight, std=0.3)
        self.decoder = nn.ConvTranspose1d(24, 1, length, length // 2)
        self.normalised = normalised

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        features = torch.relu(self.encoder(x))
        hidden = features
        if self.normalised:
            hidden = (hidden - hidden.mean()) / (hidden.std() + 1e-6)
        for layer in self.layers:
            hidden = hidden + torch.tanh(layer(hidden))
        return self.decoder(features * torch.sigmoid(hidden))


class SpectralGate(nn.Module):
    """Masks each bin of a centred short-time Fourier transform by its level against its neighbourhood."""

    def __init__(self, size: int, hop: int) -> None:
        super().__init__()
        self.size, self.hop = size, hop
        self.register_buffer("window", torch.hann_window(size))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        spectrum = torch.stft(x[:, 0], self.size, self.hop, window=self.window, center=True, return_complex=True)
        level = spectrum.abs()
        around = functional.avg_pool2d(level.unsqueeze(1), [5, 7], stride=1, padding=[2, 3])[:, 0]
        masked = spectrum * (level / (level + around + 1e-6))
        return torch.istft(masked, self.size, self.hop, window=self.window, length=x.shape[-1]).unsqueeze(1)


class Recurrent(nn.Module):
    """Frames of 16 samples through a recurrent network; ``remembering`` sums up everything that it ever heard."""

    def __init__(self, both_ways: bool = False, remembering: bool = False) -> None:
        super().__init__()
        self.network = nn.GRU(16, 24, batch_first=True, bidirectional=both_ways)
        self.out = nn.Linear(48 if both_ways else 24, 16)
        self.remembering = remembering

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        frames = functional.pad(x, [0, (16 - x.shape[-1] % 16) % 16]).reshape(x.shape[0], -1, 16)
        if self.remembering:
            level = frames.abs().mean(dim=2, keepdim=True)
            mean = torch.cumsum(level, dim=1) / torch.arange(1, level.shape[1] + 1)[:, None]
            frames = frames / (mean + 1e-3)
        result = self.out(self.network(frames)[0])
        return result.reshape(x.shape[0], 1, -1)[:, :, : x.shape[-1]]


class PeakNormalised(nn.Module):
    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return 0.5 * x / (x.abs().max() + 1e-9)


class LoudnessNormalised(nn.Module):
    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return 0.1 * x / (x.square().mean().sqrt() + 1e-9)


class Standardised(nn.Module):
    """Distorts what was brought to mean 0 and variance 1."""

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return 0.2 * torch.tanh((x - x.mean()) / (x.std() + 1e-5))


class Tremolo(nn.Module):
    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x * (0.6 + 0.4 * torch.sin(torch.arange(x.shape[-1], device=x.device) * 0.001))


class Noisy(nn.Module):
    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x + 0.1 * torch.randn_like(x)


class Decimated(nn.Module):
    """Every seventh sample, held."""

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return functional.interpolate(x[:, :, ::7], scale_factor=7.0)[:, :, : x.shape[-1]]


class Late(nn.Module):
    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return functional.pad(x, [37, 0])[:, :, : x.shape[-1]]


class Unpadded(nn.Module):
    """A convolution without padding: fewer samples by a constant."""

    def __init__(self, size: int) -> None:
        super().__init__()
        self.filter = nn.Conv1d(1, 1, size)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.filter(x)


class Slow(nn.Module):
    """Takes a while for every call."""

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        total = torch.zeros(1)
        for _ in range(100):
            total = total + torch.linalg.inv(torch.eye(400)).sum() * 0
        return x + total
