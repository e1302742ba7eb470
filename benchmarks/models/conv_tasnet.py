"""Conv-TasNet in the size of its paper: 5 million parameters.

Y. Luo, N. Mesgarani, "Conv-TasNet: Surpassing Ideal Time-Frequency Magnitude Masking for Speech Separation",
IEEE/ACM Transactions on Audio, Speech, and Language Processing, 2019. Letters below are the paper's.
"""

from __future__ import annotations

import torch
from torch import nn
from torch.nn import functional

from app.audacitorch import WaveformToWaveformBase


class Block(nn.Module):
    """1x1 convolution up, dilated depthwise convolution, 1x1 convolutions down: one residual, one skip."""

    def __init__(self, bottleneck: int, hidden: int, kernel: int, dilation: int) -> None:
        super().__init__()
        self.body = nn.Sequential(
            nn.Conv1d(bottleneck, hidden, 1),
            nn.PReLU(),
            nn.GroupNorm(1, hidden, eps=1e-8),  # gLN: the mean and variance of the whole input
            nn.Conv1d(hidden, hidden, kernel, padding=dilation, dilation=dilation, groups=hidden),
            nn.PReLU(),
            nn.GroupNorm(1, hidden, eps=1e-8),
        )
        self.residual = nn.Conv1d(hidden, bottleneck, 1)
        self.skip = nn.Conv1d(hidden, bottleneck, 1)

    def forward(self, x: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Map ``(1, B, frames)`` to the next block's input and the skip path's share, both of its shape."""
        hidden = self.body(x)
        return x + self.residual(hidden), self.skip(hidden)


class ConvTasNet(nn.Module):
    """Separates a mono waveform.

    Args:
        filters: N, of the encoder.
        length: L, samples of a filter.
        bottleneck: B, channels between blocks and of the skip path.
        hidden: H, channels in a block.
        kernel: P.
        blocks: X, in a repeat; their dilations are 1, 2, 4, ...
        repeats: R.
        sources: C.
    """

    def __init__(
        self,
        filters: int = 512,
        length: int = 16,
        bottleneck: int = 128,
        hidden: int = 512,
        kernel: int = 3,
        blocks: int = 8,
        repeats: int = 3,
        sources: int = 2,
    ) -> None:
        super().__init__()
        self.length, self.sources, self.filters = length, sources, filters
        self.encoder = nn.Conv1d(1, filters, length, stride=length // 2, bias=False)
        self.into = nn.Sequential(nn.GroupNorm(1, filters, eps=1e-8), nn.Conv1d(filters, bottleneck, 1))
        dilations = [2**block for _ in range(repeats) for block in range(blocks)]
        self.blocks = nn.ModuleList([Block(bottleneck, hidden, kernel, dilation) for dilation in dilations])
        self.masks = nn.Sequential(nn.PReLU(), nn.Conv1d(bottleneck, sources * filters, 1), nn.Sigmoid())
        self.decoder = nn.ConvTranspose1d(filters, 1, length, stride=length // 2, bias=False)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Map ``(1, samples)`` to ``(sources, samples)``."""
        samples = x.shape[1]
        hop = self.length // 2
        padded = functional.pad(x[None], (hop, self.length + hop - samples % hop))
        encoded = torch.relu(self.encoder(padded))
        features = self.into(encoded)
        skips = torch.zeros_like(features)
        for block in self.blocks:
            features, skip = block(features)
            skips = skips + skip
        masks = self.masks(skips).view(self.sources, self.filters, -1)
        return self.decoder(masks * encoded)[:, 0, hop : hop + samples]


class Separation(WaveformToWaveformBase):
    """The network as a model of the audacitorch format."""

    def do_forward_pass(self, x: torch.Tensor) -> torch.Tensor:
        """Map ``(1, samples)`` to ``(sources, samples)``."""
        return self.model(x)
