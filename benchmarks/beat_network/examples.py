"""What the network learns from: pieces played faster, slower, worse, recorded otherwise; and the answer."""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray

from benchmarks.beat_network.listening import Piece

FRAMES = 800
"""Of an example: 16 s."""

_LATE = 0.5
"""Frames of 10 ms by which a stroke's frame comes after its note's start."""
_SLOWEST, _FASTEST = 50.0, 222.0
_NEAR = 0.5
"""How much of a beat the frames beside it are."""
_LITTLE = 0.3
"""Weight of pieces that nobody hears the beat of easily."""
_AFTER = 25.0
"""Frames after the last beat that still count."""

Example = tuple[NDArray[np.float32], NDArray[np.float32], NDArray[np.float32]]
"""What is heard, `(9, FRAMES)`; the share of the three classes, `(3, FRAMES)`; and how much each frame counts."""


def example(piece: Piece, rng: np.random.Generator) -> Example:
    """Draw another performance of a piece, and a stretch of it."""
    faster = float(np.exp(rng.normal(0, 0.12)))
    if len(piece.beats):
        bpm = 60 / float(np.median(np.diff(piece.beats[:, 0])))
        faster = float(np.clip(bpm * faster, _SLOWEST, _FASTEST)) / bpm if _SLOWEST < bpm < _FASTEST else 1.0
    count = int(len(piece.whole) / faster)
    found, strokes = _played(piece.found / faster, piece.strokes, count, rng)
    heard = _laid_out(found, strokes, count)
    moments = np.arange(2 * heard.shape[1]) * faster
    whole = np.interp(moments, np.arange(len(piece.whole)), piece.whole)
    heard[8] = np.log1p(whole.reshape(-1, 2).max(1))
    return _stretch(heard, *_answer(piece, faster, heard.shape[1]), rng)


def _played(
    found: NDArray[np.float64], strokes: NDArray[np.float32], count: int, rng: np.random.Generator
) -> tuple[NDArray[np.float64], NDArray[np.float32]]:
    """Miss and move some strokes, add others, change the balance of the spectrum."""
    found = found + rng.normal(0, 0.4, len(found))
    kept = rng.random(len(found)) > rng.uniform(0, 0.1)
    found, strokes = found[kept], strokes[kept]
    louder = rng.normal(0, 0.3, (1, 5)) + rng.normal(0, 0.15, (len(strokes), 5))
    if rng.random() < 0.1:
        louder[:, rng.integers(5)] -= 3
    parts = np.expm1(np.log1p(np.maximum(strokes[:, :5], 0)) * np.exp(louder))
    strokes = np.concatenate([parts, strokes[:, 5:] * np.exp(rng.normal(0, 0.2))], 1).astype(np.float32)
    more = rng.poisson(rng.uniform(0, 0.8) * count / 100)
    if more and len(strokes):
        found = np.concatenate([found, rng.uniform(0, count, more)])
        others = strokes[rng.integers(0, len(strokes), more)]
        strokes = np.concatenate([strokes, others * rng.uniform(0.3, 1, (more, 1)).astype(np.float32)])
    return found, strokes


def _laid_out(found: NDArray[np.float64], strokes: NDArray[np.float32], count: int) -> NDArray[np.float32]:
    """Do what ``BeatNetwork.heard`` does, for strokes at any moment; the last row is empty."""
    size = (count + 1) // 2
    rows = np.zeros((size + 4, 9), np.float32)
    parts = np.log1p(np.maximum(strokes[:, :5], 0))
    mean = np.log1p(np.maximum(strokes[:, :5].mean(1, keepdims=True), 0))
    marks = np.concatenate([parts, mean, strokes[:, 5:6], np.ones((len(parts), 1), np.float32)], 1)
    at = np.floor(found / 2).astype(int)
    later = (found / 2 - at)[:, None].astype(np.float32)
    inside = (at >= 0) & (at < size + 3)
    at, later, marks = at[inside], later[inside], marks[inside]
    np.add.at(rows[:, :8], at, marks * (1 - later))
    np.add.at(rows[:, :8], at + 1, marks * later)
    return np.ascontiguousarray(rows[:size].T)


def _answer(piece: Piece, faster: float, size: int) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    classes, counts = np.zeros((3, size), np.float32), np.ones(size, np.float32)
    classes[0] = 1
    if not len(piece.beats):
        return classes, counts
    counts[:] = _LITTLE if piece.hard else 1.0
    bar = int(piece.beats[:, 1].max())
    frames = (piece.beats[:, 0] / faster * 100 + _LATE) / 2
    for frame, place in zip(frames, piece.beats[:, 1], strict=True):
        at = round(float(frame))
        if at >= size:
            continue
        first = (0.5 if bar == 2 else 1.0) if place == 1 else 0.0  # two bars of two are one of four
        first = first if piece.has_bars else 0.25
        one = np.array([0, 1 - first, first], np.float32)
        classes[:, at] = one
        for beside in (at - 1, at + 1):
            if 0 <= beside < size and classes[0, beside] == 1:
                classes[:, beside] = _NEAR * one + [1 - _NEAR, 0, 0]
    counts[int(frames[-1]) + int(_AFTER / faster) :] = 0
    counts[: max(0, int(frames[0]) - 5)] = 0
    return classes, counts


def _stretch(
    heard: NDArray[np.float32], classes: NDArray[np.float32], counts: NDArray[np.float32], rng: np.random.Generator
) -> Example:
    size = heard.shape[1]
    if size > FRAMES:
        part = slice(start := int(rng.integers(0, size - FRAMES + 1)), start + FRAMES)
        return heard[:, part], classes[:, part], counts[part]
    wide = ((0, 0), (0, FRAMES - size))
    return np.pad(heard, wide), np.pad(classes, wide), np.pad(counts, wide[1])


def batch(examples: list[Example]) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Stack examples: shapes `(examples, 9 | 3, FRAMES)` and `(examples, FRAMES)`."""
    heard, classes, counts = (torch.from_numpy(np.stack(part)).float() for part in zip(*examples, strict=True))
    return heard, classes, counts
