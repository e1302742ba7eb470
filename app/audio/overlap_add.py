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
        centred: a chunk starts at every hop as long as there is sound, and what the last ones lack is put on both
            sides: what lies before them in the stream, and silence. Then there is no context, and the overlap is at
            most half a chunk.
        linear: the cross-fades are straight lines instead of raised cosines.
    """

    model_rate: int
    chunk: int
    overlap: int
    before: int = 0
    after: int = 0
    stride: int = 0
    match_levels: bool = False
    centred: bool = False
    linear: bool = False

    def __post_init__(self) -> None:
        least = min(self.overlap, self.before, self.after, self.stride)
        if self.model_rate < 1 or least < 0 or self.shared >= self.chunk:
            raise ValueError(f"no way to cut a stream: {self}")
        if self.centred and (self.before or self.after or self.stride or 2 * self.overlap > self.chunk):
            raise ValueError(f"no way to centre the chunks of a stream: {self}")

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
    if plan.centred:
        yield from _cut_centred(blocks, plan)
        return
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


def _cut_centred(blocks: Iterable[Samples], plan: StreamPlan) -> Iterator[Piece]:
    """Cut a stream at every hop; a chunk at its end has as much put before its sound as behind it, or one less."""
    held: Samples | None = None
    begin = start = 0  # where in the stream what is held begins, and the next chunk starts
    for block in blocks:
        held = block if held is None else np.concatenate([held, block], axis=1)
        while begin + held.shape[1] > start + plan.chunk:
            yield Piece(held[:, start - begin : start - begin + plan.chunk].copy(), start, plan.chunk, last=False)
            start += plan.hop
            passed = max(0, start - plan.chunk // 2 - begin)
            held, begin = held[:, passed:], begin + passed
    total = 0 if held is None else begin + held.shape[1]
    while held is not None and start < total:
        sound = min(plan.chunk, total - start)
        moved = (plan.chunk - sound) // 2
        buffer = np.zeros((held.shape[0], plan.chunk), held.dtype)
        first = max(0, start - moved)
        buffer[:, first - start + moved : moved + sound] = held[:, first - begin : start + sound - begin]
        yield Piece(buffer, start - moved, moved + sound, last=start + plan.hop >= total, moved=moved)
        start += plan.hop


class OverlapAdd:
    """Joins chunks into one stream, fading each over the one before with weights that sum to one.

    The fade is computed as ``old + weight * (new - old)``, and skipped where both agree: samples on which
    neighbouring chunks agree come out bit for bit. An overlap of more than half a chunk fades several times.
    """

    def __init__(self, plan: StreamPlan) -> None:
        self._plan = plan
        places = np.arange(plan.overlap)
        self._weights = 0.5 - 0.5 * np.cos(np.pi * (places + 0.5) / max(plan.overlap, 1))
        if plan.linear:
            self._weights = (places + 1) / (plan.overlap + 1)
        self._pending: Samples | None = None
        self._gain: Samples | None = None

    def add(self, chunk: Samples, moved: int = 0) -> Samples:
        """Take the next ``chunk (..., n)``, as far ahead of a hop as ``Piece.moved`` says; return what is final of it.

        That is ``plan.hop`` samples of a chunk of full length in its place, and ``plan.before`` more of the first.
        """
        joined, begin = chunk.copy(), moved
        if self._pending is not None:
            begin = self._plan.before + moved
            # At a stream's end, less may be left than the fade takes.
            faded = min(self._plan.overlap, self._pending.shape[-1], joined.shape[-1] - begin)
            old, new = self._pending[..., :faded], joined[..., begin : begin + faded]
            if self._plan.match_levels:
                self._gain = level_gain(old, new, self._gain)
                joined *= self._gain
            change = (new - old) * self._weights[:faded].astype(chunk.dtype)
            new[...] = np.where(change == 0, old, old + change)
        end = joined.shape[-1] - self._plan.overlap - self._plan.after
        if self._plan.centred:
            end = min(begin + self._plan.hop, joined.shape[-1])
        self._pending = joined[..., end:].copy()  # or all of it would stay in memory
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
