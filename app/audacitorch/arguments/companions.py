"""Further sounds that a model hears beside a region: which channels of them belong to which of the region's."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

Samples = NDArray[np.float32]


class Companions:
    """The further sounds of a job, whose channels lie below the region's own in every chunk.

    Args:
        paths: their files.
        counts: how many channels each has.
        channels: how many the region has.
    """

    def __init__(self, paths: Sequence[Path], counts: Sequence[int], channels: int) -> None:
        self.paths = tuple(paths)
        self.channels = sum(counts)
        self._channels = channels
        self._ends = [channels + sum(counts[:place]) for place in range(len(counts) + 1)]

    def split(self, chunk: Samples) -> tuple[Samples, list[Samples]]:
        """Return the region's channels of a chunk, and each companion's."""
        bounds = zip(self._ends, self._ends[1:])
        return chunk[: self._channels], [chunk[begin:end] for begin, end in bounds]

    def below(self, own: Samples, further: Sequence[Samples], taken: slice | None = None) -> Samples:
        """Put what a model hears of each companion below what it hears of the region.

        Args:
            own: what it hears of the region, ``(1 or 2, n)``.
            further: the companions, as :meth:`split` returns them.
            taken: which channels of the region these are; ``None`` for a mix of all, or all of them.

        Returns:
            ``(rows, n)``: as many rows of each companion as ``own`` has. They are the same channels of one that has as
            many as the region, else what it has, else its mix.
        """
        parts = [own]
        for companion in further:
            part = companion[taken] if taken is not None and len(companion) == self._channels else companion
            if len(part) != len(own):
                part = part.mean(axis=0, keepdims=True).repeat(len(own), axis=0)
            parts.append(part)
        return np.concatenate(parts) if further else own
