"""A spectrogram masked by a recurrent network, in the size of Open-Unmix: 9 million parameters.

F.-R. Stöter, S. Uhlich, A. Liutkus, Y. Mitsufuji, "Open-Unmix: A Reference Implementation for Music Source
Separation", Journal of Open Source Software, 2019.
"""

from __future__ import annotations

import torch
from torch import nn

from app.audacitorch import WaveformToWaveformBase

WINDOW, HOP, BINS, HIDDEN = 4096, 1024, 1487, 512
"""Samples of a window and between windows; bins that the network hears; its width."""


class RecurrentMask(nn.Module):
    """Short-time Fourier transform, three bidirectional LSTM layers, mask, inverse transform."""

    def __init__(self) -> None:
        super().__init__()
        self.size, self.hop, self.bins = WINDOW, HOP, BINS
        self.register_buffer("window", torch.hann_window(WINDOW))
        self.into = nn.Linear(2 * BINS, HIDDEN)
        self.recurrent = nn.LSTM(HIDDEN, HIDDEN // 2, num_layers=3, bidirectional=True, batch_first=True)
        self.out = nn.Sequential(nn.Linear(2 * HIDDEN, HIDDEN), nn.ReLU(), nn.Linear(HIDDEN, 2 * (WINDOW // 2 + 1)))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Map ``(2, samples)`` to ``(2, samples)``."""
        spectrum = torch.stft(
            x, self.size, self.hop, window=self.window, center=True, pad_mode="constant", return_complex=True
        )
        heard = spectrum.abs()[:, : self.bins].permute(2, 0, 1).reshape(1, -1, 2 * self.bins)
        features = torch.tanh(self.into(heard))
        recurrent, _ = self.recurrent(features)
        masks = torch.relu(self.out(torch.cat([features, recurrent], dim=2)))
        masks = masks[0].view(-1, 2, self.size // 2 + 1).permute(1, 2, 0)
        return torch.istft(spectrum * masks, self.size, self.hop, window=self.window, center=True, length=x.shape[1])


class SpectralEffect(WaveformToWaveformBase):
    """The network as a model of the audacitorch format."""

    def do_forward_pass(self, x: torch.Tensor) -> torch.Tensor:
        """Map ``(2, samples)`` to ``(2, samples)``; one channel is heard as two."""
        if x.shape[0] == 1:
            return self.model(x.expand(2, -1))[:1]
        return self.model(x)
