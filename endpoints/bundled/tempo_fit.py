"""How well each tempo fits around each second: the mean time between the beats there."""

import torch  # no postponed annotations in this file: TorchScript reads those of the attributes
from torch import nn

from endpoints.bundled.beat_tracking import BeatTracking

SLOWEST, FASTEST = 40, 240
"""Beats a minute."""


class TempoFit(nn.Module):
    """Mono sound to fits of the tempi from 40 to 240 beats a minute, by the beats that are tracked in it."""

    tempi: torch.Tensor

    def __init__(self, rate: int) -> None:
        super().__init__()
        self.beats = BeatTracking(rate)
        self.around = 8.0  # seconds on either side whose beats count
        self.fewest = 4  # times between beats
        self.alike, self.frame = 0.03, 0.012  # further than this share, and s, from the median: a gap, or another tempo
        self.spread = 0.01  # octaves: a standard deviation
        self.slowest, self.fastest = 55.0, 215.0  # that are looked for: as in onsets-beats
        self.register_buffer("tempi", torch.arange(SLOWEST, FASTEST + 1, dtype=torch.float32))

    def around_seconds(self, beats: torch.Tensor, count: int) -> torch.Tensor:
        """Tempo around each second by the beats there.

        Args:
            beats: seconds, ascending, shape `(n,)`.
            count: how many seconds there are.

        Returns:
            Beats a minute, 0 where there are too few beats: shape `(count,)`.
        """
        tempo = torch.zeros(count)
        steps, middles = beats[1:] - beats[:-1], 0.5 * (beats[1:] + beats[:-1])
        seconds = torch.arange(count) + 0.5
        begin: list[int] = torch.searchsorted(middles, seconds - self.around).tolist()
        end: list[int] = torch.searchsorted(middles, seconds + self.around).tolist()
        for i in range(count):
            near = steps[begin[i] : end[i]]
            if near.shape[0] >= self.fewest:
                usual = near.median()
                tempo[i] = 60.0 / near[(near - usual).abs() < self.alike * usual + self.frame].mean()
        return tempo

    def forward(self, x: torch.Tensor, count: int) -> torch.Tensor:
        """Map the mono signal `x` to fits, 0 to 1, around each of its `count` seconds: shape `(count, 201)`."""
        beats, _ = self.beats(x, self.slowest, self.fastest, "as found", "auto")
        fits = torch.zeros(count, self.tempi.shape[0], device=x.device)
        if beats.shape[0] <= self.fewest:
            return fits
        tempo = self.around_seconds(beats, count).to(x.device).unsqueeze(1)
        octaves = torch.log2(self.tempi / tempo.clamp_min(1.0))
        return torch.where(tempo > 0.0, torch.exp(-0.5 * (octaves / self.spread) ** 2), fits)
