"""What speaks for a beat here, and for a beat that lasts so long: the bar pointer's observations.

A stroke's logarithmic odds of lying on a place of the bar rather than on none are linear in its strengths, and
nothing heard on a place speaks against it. As in F. Krebs, S. Böck, G. Widmer: "Rhythmic pattern modeling for beat
and downbeat tracking in musical audio", ISMIR 2013, there are kinds of bars, each with its own accents: kick and snare
in turn, kick on all beats and answers between them, three beats; and an eighth may lie in the middle or swing.

The numbers were fitted to generated pieces of many kinds (``python -m benchmarks.beat_fit`` prints them), so that the
right grid of beats is told from those of half, double and other tempos and from those beside the beat (by the softmax
of their scores); from real music nothing was learnt but which of a few fits to take. Slow and fast tempos are as rare
as a normal distribution of the logarithm of the tempo says.
"""

import torch  # no postponed annotations in this file: TorchScript reads those of the attributes
from torch import nn

SIXTEENTH, TRIPLET, EIGHTH, FIRST, BACK, THIRD, FIRST_OF_3, WEAK_OF_3, ALIKE, ANSWER = range(10)

# The logarithm of 1 + strength in the five parts of the spectrum and of their mean, the change of harmony, a stroke at
# all, and no matter what is heard.
ODDS = (
    (-0.85, 0.14, -0.16, -0.61, 0.61, 1.19, -0.73, 1.09, -0.26),  # sixteenth
    (-1.39, -0.65, 0.17, -0.15, 0.64, 1.82, -0.87, 0.87, -0.01),  # triplet
    (-0.56, 0.15, -0.34, -0.12, 1.02, 1.40, -0.53, 1.11, -0.94),  # eighth
    (1.48, -1.19, -0.07, 1.11, -0.54, 1.02, 3.84, -3.57, -0.21),  # first of four
    (-0.66, 0.46, 0.27, 0.73, 1.51, 2.10, -2.11, -0.86, -1.85),  # second and fourth of four
    (0.88, -1.00, -0.69, -0.44, 0.27, 2.89, -1.15, 0.99, -0.60),  # third of four
    (2.44, -0.29, -0.55, 0.19, -0.38, 2.41, 2.59, -4.84, -0.48),  # first of three
    (-1.65, 0.56, 0.88, 0.22, 0.55, 3.19, -1.15, -1.18, -1.27),  # second and third of three
    (1.36, -0.82, -0.24, 0.73, 0.46, 1.39, -0.44, -0.67, -1.66),  # beat like all others
    (-0.59, 0.85, 0.52, 0.34, 0.23, 1.53, 0.42, -0.61, -1.22),  # eighth that answers the beat
)
MOST_USUAL_TEMPO = 132.8  # beats a minute
RARITY = 0.80  # for each second, at an octave from there
BEAT_COST = 0.63  # else the faster of two tempos always has more to win
NOT_FOUR = 0.40  # cost of a beat in another bar than one of four

SPREAD = (0.5, 0.8, 1.0, 1.0, 1.0, 0.8, 0.5)
"""What a stroke counts on the frames around it: players are early and late by some 10 ms."""


class BeatEvidence(nn.Module):
    """Strokes to the log-likelihood ratios of beats against no rhythm."""

    odds: torch.Tensor
    spread: torch.Tensor

    def __init__(self) -> None:
        super().__init__()
        self.register_buffer("odds", torch.tensor(ODDS))
        self.register_buffer("spread", torch.tensor(SPREAD).view(1, 1, -1))
        self.most = 6.0  # as far as one place may go
        self.unlikely = 0.3  # cost of beats that are all alike
        self.pulse = 3.0  # for each second: what a rhythm is worth by itself
        self.usual, self.rarity = MOST_USUAL_TEMPO, RARITY
        self.beat_cost, self.not_four = BEAT_COST, NOT_FOUR

    def places(self, found: torch.Tensor, strokes: torch.Tensor, count: int) -> torch.Tensor:
        """Log-odds of each place of the bar at each frame.

        Args:
            found: frames of the strokes, shape `(n,)`.
            strokes: as :class:`endpoints.bundled.beat_activation.BeatActivation` returns them, shape `(n, 6)`.
            count: how many frames there are.

        Returns:
            Shape `(10, count)`.
        """
        parts = strokes[:, :5]
        known = [
            torch.log1p(parts),
            torch.log1p(parts.mean(1, keepdim=True)),
            strokes[:, 5:],
            torch.ones_like(parts[:, :1]),
        ]
        ratio = torch.cat(known, 1) @ self.odds[:, :8].t()
        row = torch.zeros(count, ratio.shape[1], device=ratio.device)
        row[found] = ratio
        near = torch.nn.functional.conv1d(row.t().unsqueeze(1), self.spread, padding=3).squeeze(1)
        return near.clamp(-self.most, self.most) + self.odds[:, 8:]

    def on_beat(self, places: torch.Tensor, bars: list[int]) -> torch.Tensor:
        """What speaks for each beat of bars of so many beats.

        Args:
            places: shape `(10, frames)`.
            bars: the numbers of beats.

        Returns:
            Shape `(frames, beats)`, the beats of all bars in a row.
        """
        first, back, third = places[3], places[4], places[5]
        rows: list[torch.Tensor] = []
        for beats in bars:
            own = 0.0 if beats == 4 or len(bars) == 1 else self.not_four
            for i in range(beats):
                if beats == 3:
                    row = places[6] if i == 0 else places[7]
                elif beats <= 4:
                    row = first if i == 0 else (third if i == 2 else back)
                else:
                    row = first if i == 0 else 0.5 * (back + third)
                rows.append(torch.maximum(row, places[8] - self.unlikely) - self.beat_cost - own)
        return torch.stack(rows, 1)

    def between(self, places: torch.Tensor, lengths: torch.Tensor) -> torch.Tensor:
        """What speaks for a beat that begins at a frame and lasts so long, by what lies between it and the next.

        Args:
            places: shape `(10, frames)`.
            lengths: of beats, in frames, int64, ascending, shape `(n,)`.

        Returns:
            Shape `(frames, n)`.
        """
        count = places.shape[1]
        padded = torch.nn.functional.pad(places, (0, int(lengths[-1])))
        octaves = torch.log2(6000.0 / lengths / self.usual)
        worth = (self.pulse - 0.5 * self.rarity * octaves.square()) * lengths / 100.0
        blocks: list[torch.Tensor] = []
        for start in range(0, count, 4096):
            at = torch.arange(start, min(start + 4096, count), device=places.device).unsqueeze(1)
            quarters = padded[0][at + (lengths + 2) // 4] + padded[0][at + (3 * lengths + 2) // 4]
            middle = at + (lengths + 1) // 2
            straight = padded[2][middle] + quarters
            answered = padded[9][middle] + quarters - self.unlikely
            swing = padded[1][at + (lengths + 1) // 3] + padded[1][at + (2 * lengths + 1) // 3]
            blocks.append(torch.maximum(torch.maximum(straight, answered), swing) + worth)
        return torch.cat(blocks)
