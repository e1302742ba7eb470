"""From the chunks that a model makes back to the source's stream: joined, brought to its rate, made whole again."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.audio.overlap_add import OverlapAdd, Piece, StreamPlan
from app.audio.resample import Resampler

Samples = NDArray[np.floating[Any]]


class WayBack:
    """Joins chunks and resamples them.

    Args:
        plan: how they were cut.
        rate: the source's, in Hz.
        rows: how many rows they have.
        dtype: float32 or float64.
    """

    def __init__(self, plan: StreamPlan, rate: int, rows: int, dtype: Any) -> None:
        self._joiner = OverlapAdd(plan)
        self._resampler = Resampler(rows, plan.model_rate, rate, dtype)
        self._rows = rows

    def push(self, chunk: Samples, piece: Piece) -> Samples:
        """Take what was made of the next piece, ``(..., n)``; return what is ready, ``(rows, m)`` at the other rate."""
        joined = self._joiner.add(chunk, piece.moved)
        if piece.last:
            joined = np.concatenate([joined, self._joiner.finish()], axis=-1)
            joined = joined[..., : joined.shape[-1] - (piece.samples.shape[1] - piece.valid)]
        return self._resampler.push(joined.reshape(self._rows, -1))

    def finish(self, samples: int) -> Samples:
        """Return the rest, ``(rows, m)``, so that there were ``samples`` in all."""
        return self._resampler.finish(samples)


@dataclass(frozen=True)
class Above:
    """Where the band goes that a model's rate cannot hold.

    Attributes:
        stem: the place of the stem that gets it.
        mixed: whether that is the band of the mix of all channels, for each of them.
    """

    stem: int
    mixed: bool = False


class BandAbove:
    """What a source loses on its way to a model's rate and back: the band above, and soxr's own small changes.

    It takes the way of the results, so that stems that sum to what the model heard sum, with it, to the source.
    """

    def __init__(self, where: Above, plan: StreamPlan, rate: int, channels: int, dtype: Any) -> None:
        self._where = where
        self._channels = channels
        self._back = WayBack(replace(plan, match_levels=False), rate, channels, dtype)
        self._ready: list[Samples] = []

    def heard(self, piece: Piece) -> None:
        """Take the next piece, before anything is made of it."""
        self._ready.append(self._back.push(piece.samples[: self._channels], piece))

    def finish(self, samples: int) -> None:
        """Take notice that there were ``samples`` of the source in all."""
        self._ready.append(self._back.finish(samples))

    def add_to(self, stems: Samples, source: Samples) -> None:
        """Add to ``stems (stems, channels, n)`` what is lost of ``source (channels, n)``, whose pieces were heard."""
        lost = source - np.concatenate(self._ready, axis=1)
        self._ready.clear()
        if self._where.mixed:
            lost = lost.mean(axis=0, keepdims=True)
        stems[self._where.stem] += lost
