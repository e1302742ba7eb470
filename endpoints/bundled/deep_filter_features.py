"""What DeepFilterNet hears of a spectrum: levels in ERB bands, and the lowest bins, each against its own running mean.

Band edges, running means and their first values are those of its library, libdf, with which the network was trained (H.
Schröter, A. Maier, A. N. Escalante-B., T. Rosenkranz: "DeepFilterNet2", IWAENC 2022, section 2.2).
"""

import math  # no postponed annotations in this file: TorchScript reads those of the attributes

import torch
from torch import nn

SCALE = (9.265, 24.7 * 9.265)
"""ERBs for each e-fold, and the hertz around which they turn from linear to logarithmic."""


def band_widths(rate: int, size: int, bands: int, least: int) -> list[int]:
    """Return how many bins of a transform each ERB band has, from the lowest; all of them together have all bins.

    Args:
        rate: in Hz.
        size: samples of the transform.
        bands: how many there are, equally wide on the ERB scale.
        least: bins that a band has at least; what it takes more than its share, the next bands have less.
    """
    top = SCALE[0] * math.log1p(rate / 2 / SCALE[1])
    widths: list[int] = []
    before = borrowed = 0
    for band in range(1, bands + 1):
        edge = SCALE[1] * math.expm1(top * band / bands / SCALE[0])
        end = math.floor(edge * size / rate + 0.5)
        width = end - before - borrowed
        borrowed = max(0, least - width)
        widths.append(max(least, width))
        before = end
    widths[-1] += size // 2 + 1 - sum(widths)
    return widths


class RunningMean(nn.Module):
    """The mean of what has been, each frame weighing `memory` times the next.

    Args:
        memory: weight of the frame before; below 1.
        frames: how many are done at once.
    """

    weights: torch.Tensor
    fading: torch.Tensor

    def __init__(self, memory: float, frames: int) -> None:
        super().__init__()
        age = torch.arange(frames).view(-1, 1) - torch.arange(frames).view(1, -1)
        weights = (1.0 - memory) * torch.pow(torch.tensor(memory, dtype=torch.float64), age.clamp_min(0))
        self.register_buffer("weights", (weights * (age >= 0)).float())
        self.register_buffer("fading", torch.pow(memory, torch.arange(1, frames + 1).double()).float().view(-1, 1))

    def forward(self, x: torch.Tensor, before: torch.Tensor) -> torch.Tensor:
        """Return the mean up to each frame.

        Args:
            x: at most as many frames as are done at once, shape `(frames, n)`.
            before: the mean before the first of them, shape `(n,)`.
        """
        frames = x.shape[0]
        return torch.mm(self.weights[:frames, :frames], x) + self.fading[:frames] * before


class Features(nn.Module):
    """Spectra of frames to the features of the network.

    Args:
        widths: bins of each band.
        filtered: how many of the lowest bins are a feature of their own.
        memory: weight of the frame before in the running means.
        frames: how many are done at once, at most.
    """

    bands: torch.Tensor
    first_levels: torch.Tensor
    first_sizes: torch.Tensor

    def __init__(self, widths: list[int], filtered: int, memory: float, frames: int) -> None:
        super().__init__()
        self.filtered = filtered
        self.mean = RunningMean(memory, frames)
        of_band = torch.arange(len(widths)).repeat_interleave(torch.tensor(widths))
        shares = torch.zeros(len(of_band), len(widths))
        shares[torch.arange(len(of_band)), of_band] = 1.0 / torch.tensor(widths)[of_band]
        self.register_buffer("bands", shares)
        self.register_buffer("first_levels", torch.linspace(-60.0, -90.0, len(widths)))  # dB
        self.register_buffer("first_sizes", torch.linspace(0.001, 0.0001, filtered))

    def forward(
        self, spectrum: torch.Tensor, heard: torch.Tensor, levels: torch.Tensor, sizes: torch.Tensor
    ) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor, torch.Tensor]:
        """Return the features of some frames, and the running means after them.

        Args:
            spectrum: complex, shape `(frames, bins)`.
            heard: whether a frame holds any sound; the means pass over the others, as if time stood still there.
            levels: running mean of the bands' levels, dB, shape `(bands,)`.
            sizes: running mean of the bins' magnitudes, shape `(filtered,)`.

        Returns:
            Levels of the bands, shape `(1, 1, frames, bands)`; bins, real and imaginary, shape `(1, 2, frames,
            filtered)`; and both means.
        """
        level = 10.0 * torch.log10(torch.mm(spectrum.abs().square(), self.bands) + 1e-10)
        low = spectrum[:, : self.filtered]
        both = torch.cat([level, low.abs()], 1)
        before = torch.cat([levels, sizes])
        passed = torch.cumsum(heard, 0)  # the number of heard frames up to each
        means = torch.cat([before.unsqueeze(0), self.mean(both[heard], before)])[passed]
        bands = means.shape[1] - self.filtered
        level = (level - means[:, :bands]) / 40.0
        low = torch.view_as_real(low / means[:, bands:].sqrt())
        after = means[-1]
        return level.view(1, 1, -1, bands), low.permute(2, 0, 1).unsqueeze(0), after[:bands], after[bands:]
