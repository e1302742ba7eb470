"""The spectrum of the noise under speech, after I. Cohen: "Noise spectrum estimation in adverse environments: improved
minima controlled recursive averaging", IEEE Transactions on Speech and Audio Processing 11(5), 2003.

As there, minima of the smoothed spectrum tell roughly where speech is, and the noise is averaged where it is not,
twice. Since a whole chunk is known at once, the windows reach as far ahead as back: the estimate does not lag behind
the noise, and no recursion has to settle at the start of a chunk.
"""

import torch  # no postponed annotations in this file: TorchScript reads those of the attributes
from torch import nn
from torch.nn import functional


class NoiseEstimate(nn.Module):
    """Power spectra of noisy speech to those of its noise; for 8 ms from frame to frame, frames of 32 ms."""

    def __init__(self) -> None:
        super().__init__()
        self.reach = 75  # frames: minima are taken 0.6 s to either side
        self.averaged = 50  # frames: noise is averaged over 0.4 s to either side
        self.bias = 1.805  # mean over minimum of smoothed Gaussian noise, for these windows
        self.most_bin, self.most_mean = 4.6, 1.67  # times the noise that a bin and its surroundings may be (Cohen's)
        self.calmest = 0.2  # share of the weight around that a minimum without speech needs
        self.fewest = 0.1  # share of the frames around that an average needs
        self.truncation = 1.07  # mean of Gaussian noise's power over that of what passes the first of these
        window = torch.hann_window(23, periodic=False)[1:-1]
        self.window: list[float] = (window / window.sum()).tolist()  # frames: 0.17 s

    def smooth(self, power: torch.Tensor, weight: torch.Tensor, least: float) -> torch.Tensor:
        """Average `power` over neighbouring bins and frames, each weighted; shapes `(bins, frames)`.

        Where the weights sum to less than `least`, the result is infinite.
        """
        above = self._spread(power * weight)
        below = self._spread(weight)
        return torch.where(below >= least, above / below.clamp_min(least), torch.full_like(above, float("inf")))

    def _spread(self, values: torch.Tensor) -> torch.Tensor:
        bins, frames = values.shape[0], values.shape[1]
        padded = functional.pad(values, (0, 0, 1, 1))
        values = 0.5 * values + 0.25 * (padded[:bins] + padded[2:])
        half = len(self.window) // 2
        padded = functional.pad(values, (half, half))
        total = torch.zeros_like(values)
        for shift, share in enumerate(self.window):  # several times faster than a convolution of one channel
            total += share * padded[:, shift : shift + frames]
        return total

    def floor(self, smooth: torch.Tensor) -> torch.Tensor:
        """Noise as far as the minima of `(bins, frames)` around each frame tell it."""
        lowest = -functional.max_pool1d(-smooth, 2 * self.reach + 1, 1, self.reach)
        return torch.where(torch.isfinite(lowest), lowest * self.bias, torch.zeros_like(lowest))

    def absent(self, power: torch.Tensor, smooth: torch.Tensor, noise: torch.Tensor) -> torch.Tensor:
        """1 where a bin is as weak as noise, and so are its surroundings; else 0."""
        return ((power < self.most_bin * noise) & (smooth < self.most_mean * noise)).to(power.dtype)

    def forward(self, power: torch.Tensor, heard: torch.Tensor) -> torch.Tensor:
        """Estimate the noise.

        Args:
            power: squared magnitudes, shape `(bins, frames)`.
            heard: whether a frame is full of sound, and does not reach into digital silence, shape `(frames,)`, bool.

        Returns:
            Mean power of the noise, shape `(bins, frames)`.
        """
        heard = heard.to(power.dtype).expand_as(power)
        smooth = self.smooth(power, heard, 1e-3)
        floor = self.floor(smooth)
        absent = self.absent(power, smooth, floor) * heard
        calm = self.smooth(power, absent, self.calmest)
        known = torch.isfinite(calm)
        floor = torch.where(known, self.floor(calm), floor)
        absent = self.absent(power, torch.where(known, calm, smooth), floor) * heard
        span = 2 * self.averaged + 1
        total = functional.avg_pool1d(power * absent, span, 1, self.averaged)
        count = functional.avg_pool1d(absent, span, 1, self.averaged)
        mean = self.truncation * total / count.clamp_min(1e-6)
        # With few frames to average, the minima are the better witness.
        return torch.where(count > self.fewest, mean, floor)
