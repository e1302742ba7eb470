"""How well each of the 24 keys fits what sounds.

The notes' pitch classes are correlated with how often each degree of the scale occurs in music of that mode, turned to
all twelve tonics (C. L. Krumhansl: "Cognitive Foundations of Musical Pitch", Oxford 1990, chapter 4). The counts are
those of J. Albrecht, D. Shanahan: "The use of large corpora to train a new type of key-finding algorithm", Music
Perception 31(1), 2013.
"""

import torch  # no postponed annotations in this file: TorchScript reads those of the attributes
from torch import nn

from endpoints.bundled.note_strengths import NOTES

TONICS = ["C", "C#", "D", "Eb", "E", "F", "F#", "G", "Ab", "A", "Bb", "B"]
KEYS = [*(f"{tonic} major" for tonic in TONICS), *(f"{tonic} minor" for tonic in TONICS)]
MAJOR = [0.238, 0.006, 0.111, 0.006, 0.137, 0.094, 0.016, 0.214, 0.009, 0.080, 0.008, 0.081]
MINOR = [0.220, 0.006, 0.104, 0.123, 0.019, 0.103, 0.012, 0.214, 0.062, 0.022, 0.061, 0.052]


def key_profiles() -> torch.Tensor:
    """Profiles of the 24 keys, each of zero mean and unit length: shape `(24, 12)`."""
    rows = [torch.tensor(mode).roll(tonic) for mode in (MAJOR, MINOR) for tonic in range(12)]
    profiles = torch.stack(rows)
    return torch.nn.functional.normalize(profiles - profiles.mean(1, keepdim=True), dim=1)


class KeyFit(nn.Module):
    """Strengths of notes to the correlation with each key around each second."""

    profiles: torch.Tensor
    pitch_class: torch.Tensor

    def __init__(self) -> None:
        super().__init__()
        self.compression = 0.65  # the exponent of strengths: soft notes count too
        self.around = 8  # seconds on either side that are heard
        self.flat = 0.2  # deviation of the pitch classes below which there is no key: noise has 0.1, music 0.3 to 0.6
        self.clear = 0.55  # correlation below which there is no key: drums alone have 0.2 to 0.5
        self.register_buffer("profiles", key_profiles())
        self.register_buffer("pitch_class", torch.nn.functional.one_hot(torch.arange(NOTES) % 12, 12).to(torch.float32))

    def forward(self, strengths: torch.Tensor, second: torch.Tensor, count: int) -> tuple[torch.Tensor, torch.Tensor]:
        """Find how well the keys fit.

        Args:
            strengths: of notes, shape `(frames, 73)`.
            second: in which each frame lies, shape `(frames,)`, int64.
            count: how many seconds there are.

        Returns:
            Correlations from -1 to 1, shape `(count, 24)`; and where there is a key at all, bool, shape `(count,)`.
        """
        chroma = torch.nn.functional.normalize(strengths.pow(self.compression) @ self.pitch_class, dim=1)
        heard = torch.zeros(count, 12, device=strengths.device).index_add_(0, second, chroma)
        rows = torch.nn.functional.pad(heard.t().unsqueeze(0), (self.around, self.around))
        around = torch.nn.functional.avg_pool1d(rows, 2 * self.around + 1, 1)[0].t()
        centred = around - around.mean(1, keepdim=True)
        tonal = centred.square().sum(1) > self.flat**2 * around.square().sum(1)
        fit = torch.nn.functional.normalize(centred, dim=1) @ self.profiles.t()
        return fit, tonal & (fit.max(dim=1)[0] > self.clear)
