"""A stretch of sound mended sample by sample: clipping first, then clicks; what is not damaged stays as it is."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

from endpoints.repair import clicks, declipping
from endpoints.repair.plateaus import Levels
from endpoints.repair.windows import Samples, runs, windows

_PIECES = 8
"""Pieces, of about 0.1 s, that are mended together; two more are seen on either side."""


@dataclass
class Mended:
    """What was mended so far, in all channels."""

    clicks: int = 0
    clipped: int = 0
    places: int = 0


def mended(
    blocks: Iterator[Samples],
    rate: int,
    sensitivity: float,
    levels: Levels | None,
    still: Callable[[], None],
    so: Mended,
) -> Iterator[Samples]:
    """Yield a sound, mended, of its own type.

    Args:
        blocks: ``(channels, n)`` each.
        rate: in Hz.
        sensitivity: to clicks, above 0 to 100; 0 leaves them.
        levels: where it is clipped; none leaves that.
        still: called now and then; what it raises ends it.
        so: takes what was mended.
    """
    size = clicks.piece(rate)
    for window in windows(blocks, _PIECES * size, 2 * size):
        own = window.own
        for channel, samples in enumerate(window.samples):
            sound = samples.astype(np.float64)
            changed = excluded = np.zeros(sound.shape[0], np.bool_)
            if levels is not None:
                above, below = levels.clipped(sound, channel)
                excluded = above | below
                if excluded.any():
                    sound = declipping.restored(sound, above, below, rate, still)
                    changed = excluded
                    so.clipped += int(np.count_nonzero(excluded[window.first : window.last]))
                    so.places += _begun(excluded, window.first, window.last)
            if sensitivity > 0:
                sound, lost = clicks.mended(sound, rate, sensitivity, excluded, still)
                changed = changed | lost
                so.clicks += _begun(lost, window.first, window.last)
            if changed[window.first : window.last].any():
                own = own.copy() if own.base is not None else own
                part = slice(window.first, window.last)
                own[channel] = np.where(changed[part], sound[part].astype(own.dtype), own[channel])
        yield own


def _begun(mask: np.ndarray, first: int, last: int) -> int:
    begins = runs(mask)[:, 0]
    return int(np.count_nonzero((begins >= first) & (begins < last)))
