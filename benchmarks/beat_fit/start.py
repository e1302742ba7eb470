"""Where the fit starts: the odds of each place by itself, a multinomial logistic regression over all strokes."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray

from benchmarks.beat_fit.grids import Piece
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

_KINDS = 11
"""The ten places, from 1, after none of them."""
_NEAR, _WIDE = 0.045, 0.05
"""Seconds from a place within which a stroke is on it, and that a place lasts."""
_STRAY = 7
"""One in so many strokes is counted as one of no place too: real players are less exact."""


def _places(piece: Piece) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    times, bar = piece.beats[:, 0], int(piece.beats[:, 1].max())
    found = []
    for i, (at, place) in enumerate(piece.beats):
        kind = {1: FIRST, 3: THIRD}.get(int(place), BACK)
        if bar == 3:
            kind = FIRST_OF_3 if place == 1 else WEAK_OF_3
        found.append((at, 1 + (ALIKE if piece.song.get("alike") else kind)))
        if i + 1 < len(times):
            middle = ANSWER if piece.song.get("answered") else EIGHTH
            length = times[i + 1] - at
            for part, kind in ((0.5, middle), (0.25, SIXTEENTH), (0.75, SIXTEENTH), (1 / 3, TRIPLET), (2 / 3, TRIPLET)):
                found.append((at + part * length, 1 + kind))
    found.sort()
    return np.array([at for at, _ in found]), np.array([kind for _, kind in found])


def odds(pieces: Sequence[Piece]) -> tuple[torch.Tensor, torch.Tensor]:
    """Return log-odds of the ten places: of a stroke, `(8, 10)`; and for nothing heard, `(10,)`."""
    known, kinds, weights, lasting = [], [], [], np.zeros(_KINDS)
    for piece in pieces:
        places, kind = _places(piece)
        at = piece.frames / 100 - 0.008
        inside = (at > piece.beats[0, 0] - 0.05) & (at < piece.beats[-1, 0] + 0.3)
        distance = np.abs(at[inside, None] - places)
        distance += np.select([kind >= 1 + EIGHTH, kind == 1 + TRIPLET], [0.0, 0.012], 0.006)
        own = np.where(distance.min(1) < _NEAR, kind[distance.argmin(1)], 0)
        weight = 100 / len(own)
        stray = np.random.default_rng(0).integers(0, len(own), len(own) // _STRAY)
        for which, values in ((slice(None), own), (stray, np.zeros(len(stray), int))):
            known.append(piece.known[inside][which])
            kinds.append(values)
            weights.append(np.full(len(values), weight))
        seconds = np.bincount(kind, minlength=_KINDS) * _WIDE * weight
        whole = (piece.beats[-1, 0] - piece.beats[0, 0]) * weight
        seconds[0] = max(0.2 * whole, whole - seconds.sum())
        lasting += seconds
    features, target = torch.tensor(np.concatenate(known)), torch.tensor(np.concatenate(kinds))
    share = torch.tensor(np.concatenate(weights) / np.concatenate(weights).sum(), dtype=torch.float32)
    table = torch.zeros(8, _KINDS, requires_grad=True)
    search = torch.optim.LBFGS([table], max_iter=200)

    def loss() -> torch.Tensor:
        search.zero_grad()
        wrong = torch.nn.functional.cross_entropy(features @ table, target, reduction="none")
        total = (share * wrong).sum() + 0.02 * table[:7].square().mean()
        total.backward()
        return total

    search.step(loss)
    stroke = table.detach().clone()
    stroke[7] -= torch.tensor(np.log(lasting / lasting[0]), dtype=torch.float32)
    stroke = stroke - stroke[:, :1]
    rate = np.bincount(target.numpy(), weights=np.concatenate(weights), minlength=_KINDS) / lasting
    silence = torch.tensor((rate[0] - rate[1:]) * _WIDE, dtype=torch.float32)
    return stroke[:, 1:], silence
