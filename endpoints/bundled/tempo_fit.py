"""How well each tempo fits around each second: the echoes of the onsets at one, two, three and four beats.

The autocorrelation of onset strength (as D. P. W. Ellis: "Beat tracking by dynamic programming", Journal of New Music
Research 36(1), 2007, section 3.2, has it), averaged over the first multiples of the beat, with a weight for the tempi
that people tap along at: a normal distribution over the tempo's logarithm (ibid., equation 7).
"""

import torch  # no postponed annotations in this file: TorchScript reads those of the attributes
from torch import nn

from endpoints.bundled.frames import magnitudes

SLOWEST, FASTEST = 40, 240
"""Beats a minute."""


def bands(size: int, rate: float, count: int = 24) -> torch.Tensor:
    """Triangles, evenly spaced over the logarithm of frequency from 40 Hz to 10 kHz: `(size // 2 + 1, count)`."""
    edges = torch.logspace(1.6021, 4.0, count + 2)
    bins = (torch.arange(size // 2 + 1) * rate / size).unsqueeze(1)
    rise = (bins - edges[:-2]) / (edges[1:-1] - edges[:-2]).clamp_min(rate / size)
    fall = (edges[2:] - bins) / (edges[2:] - edges[1:-1]).clamp_min(rate / size)
    return torch.minimum(rise, fall).clamp_min(0.0)


class TempoFit(nn.Module):
    """Mono sound at 22050 Hz to how strongly onsets come back at each tempo from 40 to 240 beats a minute."""

    window: torch.Tensor
    bands: torch.Tensor
    lags: torch.Tensor
    taste: torch.Tensor

    def __init__(self) -> None:
        super().__init__()
        self.hop = 220
        self.frames = 22050.0 / self.hop  # a second
        self.around = 8  # seconds on either side that are heard
        self.register_buffer("window", torch.hann_window(1024))
        self.register_buffer("bands", bands(1024, 22050.0))
        tempo = torch.arange(SLOWEST, FASTEST + 1, dtype=torch.float32)
        multiples = torch.arange(1, 5, dtype=torch.float32)
        self.register_buffer("lags", 60.0 * self.frames / tempo * multiples.unsqueeze(1))
        self.register_buffer("taste", torch.exp(-0.5 * (torch.log2(tempo / 115.0) / 0.7) ** 2))

    def onset_strength(self, x: torch.Tensor) -> torch.Tensor:
        """How much the bands of the mono signal `x` rise, in all: one value each 10 ms, shape `(frames,)`."""
        level = torch.log1p(1000.0 * (magnitudes(x, self.window, self.hop) @ self.bands))
        rise = (level[1:] - level[:-1]).clamp_min(0.0).mean(1)
        smooth = torch.nn.functional.avg_pool1d(rise.view(1, 1, -1), 3, 1, 1).view(-1)
        around = torch.nn.functional.avg_pool1d(smooth.view(1, 1, -1), 101, 1, 50, count_include_pad=False).view(-1)
        return smooth - around

    def echoes(self, strength: torch.Tensor, count: int) -> torch.Tensor:
        """Autocorrelation around each of `count` seconds, 1 at no lag: shape `(count, lags)`, lags in frames."""
        step, reach = int(self.frames), int(self.frames * self.around)
        longest = int(self.lags.max().item()) + 2
        padded = torch.nn.functional.pad(strength, (reach, 2 * reach + step * count))
        places = (torch.arange(count, device=strength.device) * self.frames).to(torch.long)
        stretches = padded.unfold(0, 2 * reach + step, 1)[places]
        size = 2 * (2 * reach + step)
        heard = torch.fft.irfft(torch.fft.rfft(stretches, size).abs().square(), size)[:, :longest]
        overlap = 1.0 - torch.arange(longest, device=strength.device) / (2.0 * reach + step)
        found: torch.Tensor = heard / heard[:, :1].clamp_min(1e-9) / overlap
        return found

    def forward(self, x: torch.Tensor, count: int) -> torch.Tensor:
        """Map the mono signal `x` to fits around each of its `count` seconds: shape `(count, 201)`."""
        if x.shape[0] < 4 * 22050:  # four seconds: too short to speak of a tempo
            return torch.zeros(count, self.taste.shape[0], device=x.device)
        echoes = self.echoes(self.onset_strength(x), count)
        before = self.lags.floor().to(torch.long)
        share = self.lags - before
        found = echoes[:, before] * (1.0 - share) + echoes[:, before + 1] * share
        return found.mean(1).clamp_min(0.0) * self.taste
