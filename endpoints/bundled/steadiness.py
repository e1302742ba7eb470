"""How steady each place of a spectrogram is: a tone that is held, or a stroke.

In a spectrogram a steady tone is a horizontal line and a stroke a vertical one. A median along time keeps the first, a
median along frequency the second (D. FitzGerald: "Harmonic/percussive separation using median filtering", DAFx 2010,
whose filter lengths are those of the default). Soft Wiener masks share each bin between the two (J. Driedger, M.
Müller, S. Disch: "Extending harmonic-percussive separation of audio signals", ISMIR 2014).
"""

import torch  # no postponed annotations in this file: TorchScript reads those of the attributes
from torch import nn

from endpoints.bundled.sliding_median import SlidingMedian


class Steadiness(nn.Module):
    """Magnitudes of a spectrogram to the soft mask of what is harmonic in it.

    Args:
        frames: length of the median along time, odd.
        bins: length of the median along frequency, odd.
    """

    def __init__(self, frames: int = 17, bins: int = 17) -> None:
        super().__init__()
        # Before and after the sound is silence: repeated there, a stroke on the first beat would count as held.
        self.along_time = SlidingMedian(frames, ends="constant")
        self.along_frequency = SlidingMedian(bins)
        self.tiny = 1e-30  # keeps 0 / 0 away in silence; far below the power of any 24-bit sound

    def forward(self, magnitude: torch.Tensor) -> torch.Tensor:
        """Map `(bins, frames)` to shares from 0 to 1 of the same shape."""
        harmonic = self.along_time(magnitude).square()
        percussive = self.along_frequency(magnitude.t()).t().square()
        share: torch.Tensor = (harmonic + self.tiny) / (harmonic + percussive + 2.0 * self.tiny)
        return share
