"""What a tagger is to whoever steers by it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import torch

RATE = 16_000
"""Hz: what all taggers hear."""

LOUD = 0.16
"""RMS at which a sound is shown to a tagger, -16 dB: that of the records from which they learnt."""


class Tagger(Protocol):
    """A network with a word for each of its outputs."""

    @property
    def tags(self) -> Sequence[str]:
        """The words, in the order of its outputs."""
        ...

    def excerpt(self, sound: torch.Tensor, start: int) -> torch.Tensor:
        """Return what the network makes of a part of a sound, before the sigmoid; gradients reach the sound.

        Args:
            sound: mono at :data:`RATE`, ``(samples,)``; it goes round, so that a short one is repeated and none is
                followed by silence.
            start: the sample with which the part begins; how long it is, the tagger knows.

        Returns:
            ``(tags,)``.
        """
        ...

    def opinion(self, sound: torch.Tensor) -> torch.Tensor:
        """Return how probable each tag is in all of a sound, 0 to 1, ``(tags,)``."""
        ...


def looped(sound: torch.Tensor, start: int, samples: int) -> torch.Tensor:
    """Return so many samples of a sound ``(samples,)`` from a start on; after its end it begins again."""
    places = (torch.arange(samples, device=sound.device) + start) % sound.shape[0]
    return sound[places]
