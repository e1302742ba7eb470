"""The odds that tell the right grid from its rivals: the softmax of their scores, a second counting as much as any."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch

from benchmarks.beat_fit.grids import SECONDS, Piece, grids
from endpoints.bundled.beat_evidence import (
    ALIKE,
    ANSWER,
    BACK,
    EIGHTH,
    FIRST,
    FIRST_OF_3,
    SIXTEENTH,
    THIRD,
    TRIPLET,
    WEAK_OF_3,
)

_FOUR, _THREE = (FIRST, BACK, THIRD, BACK), (FIRST_OF_3, WEAK_OF_3, WEAK_OF_3)
_MOST, _UNLIKELY = 6.0, 0.3  # as in BeatEvidence
_SHARPNESS = 3.0
"""Weight of a difference of 1 a second."""
_BARS, _KEEP = 0.3, 0.02
"""Weights of the right bar beside the right beats, and of staying near the start."""
_MARGIN = 1.5
"""By so much a grid of which all is wrong must be worse (K. Gimpel, N. A. Smith: "Softmax-margin CRFs", NAACL 2010)."""
_PARTS = 6
"""Each step looks at one piece in so many."""
_LITTLE = 0.3
"""Weight of pieces that nobody hears the beat of easily."""


@dataclass(frozen=True)
class Fit:
    """The numbers of ``BeatEvidence``: ``odds`` has a row of nine for each of the ten places."""

    odds: torch.Tensor
    usual_tempo: float
    rarity: float
    beat_cost: float
    not_four: float


class _Rivals:
    """All grids of all pieces in one row of beats."""

    def __init__(self, pieces: Sequence[Piece]) -> None:
        every = [(i, grid) for i, piece in enumerate(pieces) for grid in grids(piece)]
        sizes = torch.tensor([len(grid.heard) for _, grid in every])
        self.pieces = len(pieces)
        self.heard = torch.tensor(np.concatenate([grid.heard for _, grid in every])).transpose(0, 1).contiguous()
        self.grid = torch.repeat_interleave(torch.arange(len(every)), sizes)
        self.place = torch.cat([torch.arange(int(size)) for size in sizes])
        self.beats = sizes.float()
        self.bpm = torch.tensor([grid.bpm for _, grid in every])
        self.piece = torch.tensor([i for i, _ in every])
        self.wrong = torch.tensor([grid.wrong for _, grid in every])
        self.right = self.wrong == 0
        lasts = [min(float(piece.beats[-1, 0]), SECONDS) - float(piece.beats[0, 0]) for piece in pieces]
        self.seconds = torch.tensor([lasts[i] for i, _ in every])
        self.weight = torch.tensor([_LITTLE if piece.song.get("hard") else 1.0 for piece in pieces])
        self.bars = torch.zeros(len(every), 7, dtype=torch.bool)
        for (i, grid), row in zip(every, self.bars, strict=True):
            first, bar = int(pieces[i].beats[0, 1]) - 1, int(pieces[i].beats[:, 1].max())
            if grid.wrong == 0 and bar in (2, 4):
                row[[first, first + 2] if bar == 2 else [first]] = True
            if grid.wrong == 0 and bar == 3:
                row[4 + first] = True
        self.has_bars = torch.zeros(self.pieces).index_add(0, self.piece, self.bars.any(1).float()).clamp_max(1)

    def scores(self, odds: torch.Tensor, silence: torch.Tensor, prior: dict[str, torch.Tensor]) -> torch.Tensor:
        """Score of each grid with each first beat of a bar of four, then of three, by the second: ``(grids, 7)``."""

        def near(place: int, kinds: Sequence[int]) -> torch.Tensor:
            return (self.heard[place] @ odds[:, kinds]).clamp(-_MOST, _MOST) + silence[list(kinds)]

        alike = near(0, (ALIKE,)) - _UNLIKELY
        quarters = near(2, (SIXTEENTH,)) + near(3, (SIXTEENTH,))
        swing = near(4, (TRIPLET,)) + near(5, (TRIPLET,))
        middle = near(1, (EIGHTH, ANSWER)) - torch.tensor([0.0, _UNLIKELY])
        inside = torch.cat([middle + quarters, swing], 1).amax(1)
        total = torch.zeros(len(self.bpm)).index_add(0, self.grid, inside).unsqueeze(1)
        columns = []
        for kinds in (_FOUR, _THREE):
            own = sorted(set(kinds))
            on = torch.maximum(near(0, own), alike)
            size, which = len(kinds), self.grid * len(kinds) + self.place % len(kinds)
            sums = torch.zeros(len(self.bpm) * size, len(own)).index_add(0, which, on).view(-1, size, len(own))
            cost = prior["not_four"] * self.beats if kinds is _THREE else 0.0
            for first in range(size):
                of_bar = [sums[:, place, own.index(kinds[(place + first) % size])] for place in range(size)]
                columns.append(torch.stack(of_bar).sum(0) - cost)
        total = total + torch.stack(columns, 1)
        octaves = torch.log2(self.bpm) - prior["usual"]
        rare = 0.5 * prior["rarity"] * (self.beats * 60 / self.bpm) * octaves.square()
        return (total - (rare + prior["beat_cost"] * self.beats).unsqueeze(1)) / self.seconds.unsqueeze(1)

    def sums(self, values: torch.Tensor) -> torch.Tensor:
        """Return the logarithm of the sum of the exponentials of each piece's grids."""
        most = torch.full((self.pieces,), -1e9).scatter_reduce(0, self.piece, values.detach(), "amax")
        return most + torch.zeros(self.pieces).index_add(0, self.piece, (values - most[self.piece]).exp()).log()


def fit(pieces: Sequence[Piece], odds: torch.Tensor, silence: torch.Tensor, steps: int) -> Fit:
    """Fit, from the odds of :mod:`benchmarks.beat_fit.start`, and print now and then how many pieces come right."""
    parts = [_Rivals(pieces[part::_PARTS]) for part in range(_PARTS)]
    start = odds.clone()
    odds, quiet = odds.clone().requires_grad_(), torch.log((-silence).clamp_min(0.02)).requires_grad_()
    values = {"beat_cost": 0.8, "rarity": 1.0, "usual": float(np.log2(115)), "not_four": 0.1}
    prior = {name: torch.tensor(value, requires_grad=True) for name, value in values.items()}
    search = torch.optim.Adam([{"params": [odds, quiet], "lr": 0.05}, {"params": list(prior.values()), "lr": 0.015}])
    slower = torch.optim.lr_scheduler.LinearLR(search, 1.0, 0.02, steps)
    likelier, losses = [0] * _PARTS, [0.0] * _PARTS
    for step in range(steps):
        rivals = parts[step % _PARTS]
        search.zero_grad()
        scores = _SHARPNESS * rivals.scores(odds, -quiet.exp(), prior)
        whole = torch.logsumexp(scores, 1) + _MARGIN * rivals.wrong
        of_all, of_right = rivals.sums(whole), rivals.sums(whole.masked_fill(~rivals.right, -1e9))
        of_bars = rivals.sums(torch.logsumexp(scores.masked_fill(~rivals.bars, -1e9), 1).clamp_min(-1e9))
        beats = (rivals.weight * (of_all - of_right)).mean()
        bars = (rivals.has_bars * (of_right - of_bars)).mean()
        apart = (odds - start).square()
        loss = beats + _BARS * bars + _KEEP * (10 * apart[:7].mean() + apart[7].mean())
        loss.backward()
        search.step()
        slower.step()
        likelier[step % _PARTS], losses[step % _PARTS] = (
            int((of_all - of_right < np.log(2)).sum()),
            float(loss.detach()),
        )
        if step % 60 == 59 or step == steps - 1:
            print(f"{step}: loss {np.mean(losses):.3f}, {sum(likelier)} of {len(pieces)} pieces right", flush=True)
    table = torch.cat([odds.t(), -quiet.exp().unsqueeze(1)], 1).detach()
    known = {name: float(value.detach()) for name, value in prior.items()}
    return Fit(table, 2 ** known["usual"], known["rarity"], known["beat_cost"], known["not_four"])
