"""Half the sample rate: a low-pass filter, and every second sample of what it leaves."""

import torch  # no postponed annotations in this file: TorchScript reads those of the attributes
from torch import nn


class Halving(nn.Module):
    """Sound to sound at half its rate, not delayed; what lies above 0.24 of the old rate is 80 dB down and more.

    The ideal low-pass filter's response, under a Kaiser window (J. F. Kaiser: "Nonrecursive digital filter design using
    the I0-sinh window function", ISCAS 1974).
    """

    response: torch.Tensor

    def __init__(self, reach: int = 63, cutoff: float = 0.22) -> None:
        super().__init__()
        self.reach = reach
        at = torch.arange(-reach, reach + 1, dtype=torch.float64)
        ideal = 2.0 * cutoff * torch.sinc(2.0 * cutoff * at)
        window = torch.kaiser_window(2 * reach + 1, periodic=False, beta=0.1102 * (85.0 - 8.7), dtype=torch.float64)
        low_pass = ideal * window
        self.register_buffer("response", (low_pass / low_pass.sum()).to(torch.float32).view(1, 1, -1))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Halve the rate of a mono signal.

        Args:
            x: shape `(samples,)`.

        Returns:
            Samples 0, 2, 4 ... of the filtered signal, shape `((samples + 1) // 2,)`.
        """
        found: torch.Tensor = torch.nn.functional.conv1d(x.view(1, 1, -1), self.response, None, 2, self.reach)
        return found.view(-1)
