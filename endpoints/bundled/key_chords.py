"""How well each key explains the chords that sound: which they are, and which comes first.

Relative keys have the same notes, but not the same chords: songs spend four tenths of their time on the chord of their
tonic, and as often begin with it. The shares are counted in the annotations of 740 songs by J. A. Burgoyne, J. Wild,
I. Fujinaga: "An expert ground truth set for audio chord recognition and music analysis", ISMIR 2011 (CC0).
``benchmarks.key_chords`` counts them, and says how much they count.
"""

import torch  # no postponed annotations in this file: TorchScript reads those of the attributes
from torch import nn

from endpoints.bundled.chord_models import NO_CHORD, ChordFit, classes

SHARES = [
    [
        *(39.5, 0.4, 2.2, 1.2, 0.7, 18.2, 0.3, 16.2, 1.3, 1.2, 3.4, 0.3),
        *(0.8, 0.1, 4.6, 0.1, 2.2, 1.1, 0.1, 0.7, 0.1, 5.1, 0.1, 0.1),
    ],
    [
        *(3.6, 0.3, 0.7, 5.8, 0.2, 7.5, 0.2, 5.2, 9.9, 0.1, 10.4, 0.1),
        *(44.3, 0.1, 0.6, 0.1, 0.1, 6.2, 0.0, 3.6, 0.1, 0.5, 0.2, 0.1),
    ],
]
"""Share of the time in %, in major and in minor: of the major chords from the tonic up, then of the minor ones."""


def log_shares(shares: torch.Tensor) -> torch.Tensor:
    """Logarithm of how often each of the 24 chords sounds in each of the 24 keys, from that by mode: `(24, 24)`."""
    seldom = 0.1  # %, of chords that no song had
    logs = (shares + seldom).log().view(2, 2, 12)
    return torch.stack([logs[key // 12].roll(key % 12, 1).flatten() for key in range(24)])


class KeyChords(nn.Module):
    """Strengths of notes to how well the keys explain the chords."""

    log_share: torch.Tensor
    named: torch.Tensor

    def __init__(self) -> None:
        super().__init__()
        self.fit = ChordFit()
        self.sharpness = 40.0  # from fit to log-likelihood, as of the model that labels chords
        self.around = 8  # seconds on either side that are heard
        self.chords = NO_CHORD  # those before it are chords
        self.register_buffer("log_share", log_shares(torch.tensor(SHARES)))
        self.register_buffer("named", classes(extended=False))

    def likely(self, strengths: torch.Tensor) -> torch.Tensor:
        """How likely each major chord and each minor chord is, from strengths `(frames, 73)`: shape `(frames, 24)`."""
        fit = self.fit(strengths)
        fit[:, 60:84] = -1.0  # suspended chords, of which no triad would be left
        likely = torch.zeros(fit.shape[0], self.chords + 1, device=fit.device)
        return likely.index_add_(1, self.named, torch.softmax(self.sharpness * fit, 1))[:, : self.chords]

    def told(self, chords: torch.Tensor) -> torch.Tensor:
        """Mean log share of chords, shape `(n, 24)`, in each key, its mean over the keys taken out: `(n, 24)`."""
        told = (chords / chords.sum(1, keepdim=True).clamp_min(1e-3)) @ self.log_share.t()
        return told - told.mean(1, keepdim=True)

    def forward(self, strengths: torch.Tensor, second: torch.Tensor, count: int) -> tuple[torch.Tensor, torch.Tensor]:
        """Find how well the keys explain the chords around each second, and those of each second by itself.

        Args:
            strengths: of notes, shape `(frames, 73)`.
            second: in which each frame lies, shape `(frames,)`, int64.
            count: how many seconds there are.

        Returns:
            Two of mean log share, each of shape `(count, 24)`.
        """
        chords = torch.zeros(count, self.chords, device=strengths.device)
        chords = chords.index_add_(0, second, self.likely(strengths))
        rows = torch.nn.functional.pad(chords.t().unsqueeze(0), (self.around, self.around))
        around = torch.nn.functional.avg_pool1d(rows, 2 * self.around + 1, 1)[0].t()
        return self.told(around), self.told(chords)
