"""A sound cut into windows that overlap: always at the same samples, however it is read."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Samples = NDArray[np.floating[Any]]
Exact = NDArray[np.float64]
Mask = NDArray[np.bool_]


@dataclass(frozen=True)
class Window:
    """A stretch of a sound, with what lies around it.

    Attributes:
        begin: where its samples begin in the sound.
        first: where its own stretch begins, within its samples.
        last: where its own stretch ends.
        samples: shape `(channels, n)`.
    """

    begin: int
    first: int
    last: int
    samples: Samples

    @property
    def own(self) -> Samples:
        """The samples of the stretch itself, ``(channels, last - first)``."""
        return self.samples[:, self.first : self.last]


def windows(blocks: Iterator[Samples], size: int, margin: int) -> Iterator[Window]:
    """Yield windows whose own stretches follow each other.

    Args:
        blocks: the sound, ``(channels, n)`` each.
        size: samples of a stretch.
        margin: samples that are seen on either side of it, where there are any.
    """
    waiting: list[Samples] = []
    kept: Samples | None = None
    count = begin = first = 0
    for block in blocks:
        waiting.append(block)
        count += block.shape[1]
        if begin + count < first + size + margin:
            continue
        kept, waiting = np.concatenate(waiting, axis=1), []
        while begin + kept.shape[1] >= first + size + margin:
            yield Window(begin, first - begin, first - begin + size, kept[:, : first - begin + size + margin])
            first += size
            dropped = max(0, first - margin - begin)
            kept, begin = kept[:, dropped:], begin + dropped
        waiting, count = [kept], kept.shape[1]
    if waiting:
        kept = np.concatenate(waiting, axis=1)
    while kept is not None and first < begin + kept.shape[1]:
        last = min(first + size, begin + kept.shape[1])
        yield Window(begin, first - begin, last - begin, kept[:, : last - begin + margin])
        first = last
        dropped = max(0, first - margin - begin)
        kept, begin = kept[:, dropped:], begin + dropped


def runs(mask: Mask) -> NDArray[np.intp]:
    """Return where runs of true begin and end (exclusive), shape `(runs, 2)`."""
    edges = np.flatnonzero(np.diff(np.concatenate(([False], mask, [False]))))
    return edges.reshape(-1, 2)
