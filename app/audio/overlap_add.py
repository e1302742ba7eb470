"""Cutting a stream into overlapping chunks, and joining what a model makes of them with cross-fades."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Samples = NDArray[np.floating[Any]]


@dataclass(frozen=True)
class StreamPlan:
    """How a stream is cut; lengths in samples at the model's rate.

    Attributes:
        model_rate: in Hz.
        chunk: what the model gets at every call: always this many samples, the last ones padded with silence.
        overlap: how many samples a chunk shares with the one before; the cross-fade takes all of them.
    """

    model_rate: int
    chunk: int
    overlap: int

    def __post_init__(self) -> None:
        if self.model_rate < 1 or not 0 <= self.overlap < self.chunk:
            raise ValueError(f"no way to cut a stream: {self}")

    @property
    def hop(self) -> int:
        """From the start of one chunk to the start of the next."""
        return self.chunk - self.overlap


@dataclass(frozen=True)
class Piece:
    """One chunk of a stream.

    Attributes:
        samples: ``(channels, chunk)``, the caller's to change.
        start: position of its first sample in the stream.
        valid: how many samples are not padding.
        last: whether the stream ends with it.
    """

    samples: Samples
    start: int
    valid: int
    last: bool


def cut(blocks: Iterable[Samples], plan: StreamPlan) -> Iterator[Piece]:
    """Cut a stream of blocks ``(channels, n)`` into chunks, the last padded with silence; no samples, no chunks."""
    buffer: Samples | None = None
    filled = start = 0
    for block in blocks:
        offset = 0
        while offset < block.shape[1]:
            if buffer is None:
                buffer = np.zeros((block.shape[0], plan.chunk), block.dtype)
            elif filled == plan.chunk:  # only now is it known that more follows
                following = np.zeros_like(buffer)
                following[:, : plan.overlap] = buffer[:, plan.hop :]
                yield Piece(buffer, start, filled, last=False)
                buffer, filled, start = following, plan.overlap, start + plan.hop
            taken = min(plan.chunk - filled, block.shape[1] - offset)
            buffer[:, filled : filled + taken] = block[:, offset : offset + taken]
            filled, offset = filled + taken, offset + taken
    if buffer is not None:
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

    def add(self, chunk: Samples) -> Samples:
        """Take the next ``chunk (..., plan.chunk)`` and return the ``(..., plan.hop)`` samples that are final."""
        joined = chunk.copy()
        if self._pending is not None:
            old, new = self._pending, joined[..., : self._plan.overlap]
            change = (new - old) * self._weights.astype(chunk.dtype)
            new[...] = np.where(change == 0, old, old + change)
        self._pending = joined[..., self._plan.hop :]
        final: Samples = joined[..., : self._plan.hop]
        return final

    def finish(self) -> Samples:
        """Return the last ``(..., plan.overlap)`` samples."""
        if self._pending is None:
            raise ValueError("no chunk was added")
        return self._pending
