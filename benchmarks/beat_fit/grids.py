"""The right grid of a piece's beats beside rival ones, and what is heard on the places of each."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

from endpoints.bundled.beat_activation import BeatActivation
from endpoints.bundled.beat_evidence import SPREAD

PLACES = (0.0, 0.5, 0.25, 0.75, 1 / 3, 2 / 3)
"""Of a beat, in the order in which a grid holds them."""

_RIVALS = (
    (1, (0, 0.5, 0.25, 0.75, 1 / 3, 2 / 3)),
    (0.5, (0, 0.25)),
    (2, (0, 1, 0.5, 1.5)),
    (1.5, (0, 0.5, 1)),
    (2 / 3, (0, 1 / 3)),
    (0.75, (0, 0.25, 0.5)),
    (4 / 3, (0, 1 / 3, 2 / 3, 1)),
    (3, (0, 1, 2)),
)
"""How long a rival's beat is, and where its first lies, in beats."""
_SLOWEST, _FASTEST = 52, 225
SECONDS = 14.0
"""So much of a piece is enough."""
_LATE = 0.008
"""Seconds by which a stroke's frame comes after its note's start."""


@dataclass(frozen=True)
class Piece:
    """Strokes of a piece, and its beats.

    Attributes:
        frames: of the strokes, shape `(n,)`.
        known: what is known of each, as `BeatEvidence` takes it, shape `(n, 8)`.
        beats: seconds and place in the bar, from 1 (all 1: no bars), shape `(m, 2)`.
        song: what else is known.
    """

    frames: NDArray[np.int64]
    known: NDArray[np.float32]
    beats: NDArray[np.float64]
    song: dict[str, object]


@dataclass(frozen=True)
class Grid:
    """What is heard on the places of each beat, `(beats, 6, 8)`; the tempo; and how wrong it is: 1 less F-measure."""

    heard: NDArray[np.float32]
    bpm: float
    wrong: float


def listened(sound: NDArray[np.float32], beats: NDArray[np.float64], song: dict[str, object]) -> Piece:
    """Return the strokes of a mono sound at 44.1 kHz."""
    with torch.inference_mode():
        frames, marks, _ = BeatActivation(44100)(torch.from_numpy(sound))
        mean = marks[:, :5].mean(1, keepdim=True)
        known = [torch.log1p(marks[:, :5]), torch.log1p(mean), marks[:, 5:], torch.ones_like(mean)]
        return Piece(frames.numpy(), torch.cat(known, 1).numpy(), beats, song)


def grids(piece: Piece) -> list[Grid]:
    """Return the piece's own grid and its rivals."""
    count = int((piece.beats[:, 0] < SECONDS).sum())
    times = piece.beats[:count, 0]
    row = np.zeros((int(piece.frames.max(initial=0)) + int(times[-1] * 100) + 400, 8), np.float32)
    row[piece.frames] = piece.known
    period, found = float(np.median(np.diff(times))), []
    for step, firsts in _RIVALS:
        bpm = 60 / period / step
        for first in firsts if _SLOWEST < bpm < _FASTEST else ():
            at = np.arange(first, count - 1, step)
            start = np.interp(at, np.arange(count), times)
            following = np.interp(np.minimum(at + step, count - 1), np.arange(count), times)
            heard = np.stack([_around(row, start + (following - start) * place) for place in PLACES], 1)
            hits = int((at % 1 == 0).sum())
            found.append(Grid(heard, bpm, 1 - 2 * hits / (len(at) + count - 1)))
    return found


def _around(row: NDArray[np.float32], seconds: NDArray[np.float64]) -> NDArray[np.float32]:
    frame = np.round((seconds + _LATE) * 100).astype(int)
    reach = len(SPREAD) // 2
    near = [weight * row[(frame + i - reach).clip(0)] for i, weight in enumerate(SPREAD)]
    return np.sum(near, axis=0, dtype=np.float32)
