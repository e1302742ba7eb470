"""Which moment of a sound each moment of a longer or shorter one comes from, so that attacks keep their speed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

_SHARE = 0.6
"""The most between two attacks that goes at its own speed, of the shorter sound; the rest makes up for it."""


@dataclass(frozen=True, eq=False)
class TimeMap:
    """A line of straight pieces through pairs of moments, in samples.

    Attributes:
        after: moments of the changed sound, ascending.
        before: those of the sound as it was.
        attacks: where, in the sound as it was, a piece at its own speed begins, and the moment of its attack.
    """

    after: NDArray[np.float64]
    before: NDArray[np.float64]
    attacks: tuple[tuple[float, float], ...]

    def moments(self, after: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return where moments of the changed sound come from: both in samples, of the same shape."""
        return np.interp(after, self.after, self.before)


def time_map(samples: int, stretch: float, attacks: Sequence[float], reach: float) -> TimeMap:
    """Return a map in which each attack lies where it belongs, and sound near it keeps its speed.

    Args:
        samples: of the sound.
        stretch: its length after, in lengths before.
        attacks: moments in it, in samples, ascending, each within it and apart from the others.
        reach: how much before and behind an attack keeps its speed, in samples: less where attacks are near.
    """
    edges, least = [0.0, *attacks, float(samples)], _SHARE / 2 * min(1.0, stretch)
    before, after, starts = [0.0], [0.0], []
    for number, attack in enumerate(attacks, 1):
        # Before the first attack and behind the last one, all may keep its speed but for what makes up for it.
        early = min(reach, least * (attack - edges[number - 1]))
        late = min(reach, least * (edges[number + 1] - attack))
        starts.append((attack - early, attack))
        for offset in (-early, late):
            before.append(attack + offset)
            after.append(attack * stretch + offset)
    return TimeMap(np.array([*after, samples * stretch]), np.array([*before, float(samples)]), tuple(starts))
