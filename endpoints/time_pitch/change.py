"""What is to become of a sound's length and pitch, and what does it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

Samples = NDArray[np.floating[Any]]
Hear = Callable[[], Iterator[Samples]]
"""Begins to read a sound from its start: yields blocks ``(channels, n)``."""


@dataclass(frozen=True)
class Change:
    """What is to become of a sound.

    Attributes:
        time: its length after, in lengths before; 2.0 is twice as long.
        pitch: its frequencies after, in frequencies before; 2.0 is an octave higher.
        keeps_formants: whether the resonances of voice or body stay where they are.
    """

    time: float = 1.0
    pitch: float = 1.0
    keeps_formants: bool = False

    @property
    def nothing(self) -> bool:
        """Whether the sound stays as it is."""
        return self.time == 1.0 and self.pitch == 1.0

    def length(self, samples: int) -> int:
        """Return how many samples there are after, of so many before; at least one."""
        return max(1, round(samples * self.time))


@dataclass(frozen=True)
class Sound:
    """A sound to be changed.

    Attributes:
        rate: samples a second.
        channels: how many.
        samples: of each channel.
        hear: reads it, as often as it is called.
    """

    rate: int
    channels: int
    samples: int
    hear: Hear


class Engine(Protocol):
    """Changes length and pitch."""

    name: str

    def changed(self, sound: Sound, change: Change) -> Iterator[Samples]:
        """Yield the changed sound in blocks ``(channels, n)``, of about its length, in fixed memory.

        Raises:
            HarpistError: it cannot be changed so; whatever ``sound.hear`` raises.
        """


def of_length(blocks: Iterator[Samples], channels: int, samples: int) -> Iterator[Samples]:
    """Yield blocks, with silence behind them or cut off at the end, so that they hold exactly so many samples."""
    left = samples
    for block in blocks:
        part = block[:, :left]
        left -= part.shape[1]
        yield part
        if not left:
            return
    while left:
        part = np.zeros((channels, min(left, 65536)), np.float32)
        left -= part.shape[1]
        yield part
