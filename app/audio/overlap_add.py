"""Cutting a stream into overlapping chunks, and joining what a model makes of them with cross-fades."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Samples = NDArray[np.floating[Any]]

_ALIKE = 0.9
"""Correlation above which two chunks hold the same sound where they overlap."""


@dataclass(frozen=True)
class StreamPlan:
    """How a stream is cut; lengths in samples at the model's rate.

    Attributes:
        model_rate: in Hz.
        chunk: what the model gets at every call; only the last call may get less.
        overlap: how many samples the cross-fade of two chunks takes.
        before, after: context: what is thrown away at the start and the end of each chunk, but for the region's own.
        stride: 0: the last chunk is padded with silence. Else it starts earlier, by a multiple of this, and ends where
            the stream ends: no silence is put after it, unless the stream is shorter than one chunk.
        match_levels: whether each chunk's level is set to that of the one before, as their cross-fades tell it.
    """

    model_rate: int
    chunk: int
    overlap: int
    before: int = 0
    after: int = 0
    stride: int = 0
    match_levels: bool = False

    def __post_init__(self) -> None:
        least = min(self.overlap, self.before, self.after, self.stride)
        if self.model_rate < 1 or least < 0 or self.shared >= self.chunk:
            raise ValueError(f"no way to cut a stream: {self}")

    @property
    def shared(self) -> int:
        """How many samples a chunk shares with the one before."""
        return self.before + self.overlap + self.after

    @property
    def hop(self) -> int:
        """From the start of one chunk to the start of the next."""
        return self.chunk - self.shared


@dataclass(frozen=True)
class Piece:
    """One chunk of a stream.

    Attributes:
        samples: ``(channels, chunk)``, the caller's to change.
        start: position of its first sample in the stream.
        valid: how many samples are not padding.
        last: whether the stream ends with it.
        moved: how many samples earlier than a hop after the one before it starts.
    """

    samples: Samples
    start: int
    valid: int
    last: bool
    moved: int = 0


def cut(blocks: Iterable[Samples], plan: StreamPlan) -> Iterator[Piece]:
    """Cut a stream of blocks ``(channels, n)`` into chunks, the last as the plan says; no samples, no chunks."""
    buffer: Samples | None = None
    passed: Samples | None = None
    filled = start = 0
    for block in blocks:
        offset = 0
        while offset < block.shape[1]:
            if buffer is None:
                buffer = np.zeros((block.shape[0], plan.chunk), block.dtype)
            elif filled == plan.chunk:  # only now is it known that more follows
                following = np.zeros_like(buffer)
                following[:, : plan.shared] = buffer[:, plan.hop :]
                passed = buffer[:, : plan.hop].copy() if plan.stride else None
                yield Piece(buffer, start, filled, last=False)
                buffer, filled, start = following, plan.shared, start + plan.hop
            taken = min(plan.chunk - filled, block.shape[1] - offset)
            buffer[:, filled : filled + taken] = block[:, offset : offset + taken]
            filled, offset = filled + taken, offset + taken
    if buffer is not None and passed is not None:
        moved = (plan.chunk - filled) // plan.stride * plan.stride
        buffer = np.concatenate([passed[:, plan.hop - moved :], buffer[:, :filled]], axis=1)
        yield Piece(buffer, start - moved, filled + moved, last=True, moved=moved)
    elif buffer is not None:
        yield Piece(buffer, start, filled, last=True)


class OverlapAdd:
    """Joins chunks into one stream, fading each over the one before with raised-cosine weights that sum to one.

    The fade is computed as ``old + weight * (new - old)``, and skipped where both agree: samples on which
    neighbouring chunks agree come out bit for bit. An overlap of more than half a chunk fades several times.
    """

    def __init__(self, plan: StreamPlan) -> None:
        self._plan = plan
        self._weights = 0.5 - 0.5 * np.cos(np.pi * (np.arange(plan.overlap) + 0.5) / max(plan.overlap, 1))
        self._pending: Samples | None = None
        self._gain: Samples | None = None

    def add(self, chunk: Samples, moved: int = 0) -> Samples:
        """Take the next ``chunk (..., n)``, as far ahead of a hop as ``Piece.moved`` says; return what is final of it.

        That is ``plan.hop`` samples of a chunk of full length in its place, and ``plan.before`` more of the first.
        """
        joined, begin = chunk.copy(), 0
        if self._pending is not None:
            begin = self._plan.before + moved
            old, new = self._pending[..., : self._plan.overlap], joined[..., begin : begin + self._plan.overlap]
            if self._plan.match_levels:
                self._gain = level_gain(old, new, self._gain)
                joined *= self._gain
            change = (new - old) * self._weights.astype(chunk.dtype)
            new[...] = np.where(change == 0, old, old + change)
        end = joined.shape[-1] - self._plan.overlap - self._plan.after
        self._pending = joined[..., end:]
        final: Samples = joined[..., begin:end]
        return final

    def finish(self) -> Samples:
        """Return the last ``(..., plan.overlap + plan.after)`` samples.

        Raises:
            ValueError: no chunk was added.
        """
        if self._pending is None:
            raise ValueError("no chunk was added")
        return self._pending


def level_gain(old: Samples, new: Samples, otherwise: Samples | None) -> Samples:
    """Return the factor for each channel that brings ``new (stems, channels, n)`` to the level of ``old``.

    It is ``otherwise`` (1 if None) where both are not the same sound but for their level, as in silence.
    """
    axes = (0, 2)
    wide, fresh = old.astype(np.float64), new.astype(np.float64)
    energy, energy_new, common = (np.sum(one * two, axes) for one, two in ((wide, wide), (fresh, fresh), (wide, fresh)))
    alike = (common > _ALIKE * np.sqrt(energy * energy_new)) & (energy > 0) & (energy_new > 0)
    gain = np.sqrt(np.divide(energy, energy_new, out=np.ones_like(energy), where=alike))
    before = np.ones_like(gain) if otherwise is None else otherwise[:, 0]
    return np.where(alike, gain, before)[:, None].astype(new.dtype)
