"""Strokes for a beat tracker: when something begins, and in which part of the spectrum.

The growth of a logarithmic spectrum, a note's wavering apart (S. Böck, G. Widmer: "Maximum filter vibrato suppression
for onset detection", DAFx 2013), in five parts from kick to hi-hat, each against what is usual there in the seconds
around; and how much the harmony changes, which it does on the first beat of a bar more often than elsewhere
(M. Goto: "An audio-based real-time beat tracking system for music with or without drum-sounds", Journal of New Music
Research 30(2), 2001).
"""

import math
from itertools import pairwise

import torch  # no postponed annotations in this file: TorchScript reads those of the attributes
from torch import nn

from endpoints.bundled.frames import centred_frames

EDGES = (35.0, 130.0, 350.0, 1500.0, 5000.0, 16000.0)
"""Hz: kick and bass, their overtones and snare, voices and chords, snare's noise, hi-hat."""


def pitch_bands(size: int, rate: int, per_octave: int = 10) -> torch.Tensor:
    """Triangular bands, equally wide in pitch where bins allow, for frames of `size` samples at `rate` Hz.

    Returns:
        Shape `(size // 2 + 1, bands)`; each band's weights sum to 1.
    """
    count = math.floor(math.log2(EDGES[-1] / EDGES[0]) * per_octave) + 1
    centres = sorted({round(EDGES[0] * 2 ** (i / per_octave) * size / rate) for i in range(count)})
    bins = torch.arange(size // 2 + 1, dtype=torch.float32)
    bands = []
    for low, middle, high in zip(centres[:-2], centres[1:-1], centres[2:], strict=True):
        band = torch.minimum((bins - low) / (middle - low), (high - bins) / (high - middle)).clamp_min(0.0)
        bands.append(band / band.sum())
    return torch.stack(bands, 1)


def parts_of(bands: torch.Tensor, size: int, rate: int) -> torch.Tensor:
    """Tell which of the bands lie between which two of :data:`EDGES`: shape `(bands, 5)`, each column's mean."""
    hertz = bands.argmax(0) * rate / size
    rows = [((hertz >= low) & (hertz < high)).to(torch.float32) for low, high in pairwise(EDGES)]
    return torch.stack([row / row.sum() for row in rows], 1)


class BeatActivation(nn.Module):
    """Mono sound to strokes, in frames of 10 ms."""

    window: torch.Tensor
    bands: torch.Tensor
    parts: torch.Tensor

    def __init__(self, rate: int) -> None:
        super().__init__()
        self.hop = rate // 100
        self.size = 2048
        self.register_buffer("window", torch.hann_window(self.size))
        self.register_buffer("bands", pitch_bands(self.size, rate))
        self.register_buffer("parts", parts_of(self.bands, self.size, rate))
        self.harmonic = int((self.bands.argmax(0) < 2000 * self.size // rate).sum())
        self.around = 401  # frames that tell what is usual
        self.threshold = 0.35

    def spectra(self, x: torch.Tensor) -> torch.Tensor:
        """Logarithmic spectra of `x`, shape `(samples,)`, 60 dB deep below its loudest sample: `(frames, bands)`."""
        scale = 2.0 / self.window.sum() * (512.0 / x.abs().max().clamp_min(0.001))
        frames = centred_frames(x, self.size, self.hop)
        blocks: list[torch.Tensor] = []
        for start in range(0, frames.shape[0], 1024):
            magnitude = torch.fft.rfft(frames[start : start + 1024] * self.window).abs() * scale
            blocks.append(torch.log10(1.0 + magnitude @ self.bands))
        return torch.cat(blocks)

    def growth(self, spectra: torch.Tensor) -> torch.Tensor:
        """How much each part of the spectrum grows in 20 ms: shape `(frames, 5)`."""
        widened = torch.nn.functional.max_pool1d(spectra.unsqueeze(0), 3, 1, 1)[0]
        before = torch.nn.functional.pad(widened, (0, 0, 2, 0))[: spectra.shape[0]]
        return (spectra - before).clamp_min(0.0) @ self.parts

    def change(self, spectra: torch.Tensor) -> torch.Tensor:
        """How much the harmony of the half second after a frame differs from that before it: shape `(frames,)`."""
        tones = spectra[:, : self.harmonic].to(torch.float64)
        total = torch.nn.functional.pad(torch.cumsum(tones, 0), (0, 0, 1, 0))
        at = torch.arange(tones.shape[0], device=tones.device)
        last = tones.shape[0]
        after = total[(at + 50).clamp_max(last)] - total[(at + 3).clamp_max(last)]
        before = total[at] - total[(at - 47).clamp_min(0)]
        return ((after - before).abs().mean(1) / 47.0).to(spectra.dtype)

    def relative(self, values: torch.Tensor) -> torch.Tensor:
        """Bring values, shape `(frames, n)`, to what is usual around: the root of their mean square there is 1."""
        half = self.around // 2
        square = values.t().square().unsqueeze(0)
        usual = torch.nn.functional.avg_pool1d(square, self.around, 1, half, count_include_pad=False)[0].sqrt().t()
        return values / (usual + 0.1 * values.square().mean(0).sqrt() + 0.01)

    def forward(self, x: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        """Find the strokes of a mono signal.

        Args:
            x: shape `(samples,)`.

        Returns:
            Frames, int64, ascending, shape `(n,)`; what each stroke is, shape `(n, 6)`: its strength in the five parts
            of the spectrum and the change of harmony, 1 being usual; and the mean strength at all frames, shape
            `(frames,)`.
        """
        spectra = self.spectra(x)
        growth = self.relative(self.growth(spectra))
        marks = torch.nn.functional.max_pool1d(growth.t().unsqueeze(0), 5, 1, 2)[0].t()
        whole = growth.mean(1)
        highest = torch.nn.functional.max_pool1d(whole.view(1, 1, -1), 7, 1, 3).view(-1)
        found = torch.nonzero((whole >= highest) & (whole > self.threshold)).flatten()
        change = self.relative(self.change(spectra).unsqueeze(1))
        return found, torch.cat([marks, change], 1)[found], whole
