"""The short-time Fourier transform and back: the exact length, no delay, any number of samples."""

import torch  # no postponed annotations in this file: TorchScript reads those of the attributes
from torch import nn
from torch.nn import functional


class Stft(nn.Module):
    """Centred transform with a Hann window, as Griffin and Lim (1984) invert it.

    Args:
        window: length of a frame, in samples.
        hop: from one frame to the next, in samples; at most half the window.
    """

    window: torch.Tensor

    def __init__(self, window: int, hop: int) -> None:
        super().__init__()
        self.size = window
        self.hop = hop
        self.register_buffer("window", torch.hann_window(window))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Map ``(rows, samples)`` to complex ``(rows, bins, frames)``; frame ``i`` is centred on sample ``i * hop``.

        The last frames are those that hold a last bit of the sound, so that silence after it changes nothing.
        """
        tail = functional.pad(x, (0, self.size // 2))
        return torch.stft(
            tail, self.size, self.hop, window=self.window, center=True, pad_mode="constant", return_complex=True
        )

    def inverse(self, spectrum: torch.Tensor, samples: int) -> torch.Tensor:
        """Map complex ``(rows, bins, frames)`` back to ``(rows, samples)``."""
        return torch.istft(spectrum, self.size, self.hop, window=self.window, center=True, length=samples)
