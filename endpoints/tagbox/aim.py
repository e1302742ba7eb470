"""What is asked of taggers, and how far a sound is from it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch.nn import functional

from endpoints.tagbox.taggers.tagger import LOUD, Tagger

_SOFTEST = 1e-4
"""RMS, -80 dB: what is softer is not raised."""


_SURE = 1e-6
"""How near to 0 and 1 a probability is taken for what it says."""


@dataclass(frozen=True)
class Opinion:
    """What taggers think of a sound: its loss, and how probable the aim is, 0 to 1, by its best tag."""

    loss: float
    heard: float


@dataclass(frozen=True)
class Aim:
    """Which tags a sound is to get.

    Attributes:
        tags: the one that is heard best counts.
        rest_without: whether what is left of the mixture must not have them.
    """

    tags: tuple[str, ...]
    rest_without: bool = False

    def loss(self, tagger: Tagger, logits: torch.Tensor) -> torch.Tensor:
        """Return the mean cross-entropy of all tags, a number: 1 is wanted of the aim's, 0 of all others.

        Args:
            tagger: whose.
            logits: what it said, ``(tags,)``.
        """
        return functional.binary_cross_entropy_with_logits(logits, self._wanted(tagger))

    def rest_loss(self, tagger: Tagger, logits: torch.Tensor) -> torch.Tensor:
        """Return the mean cross-entropy of the aim's tags where none of them is wanted, a number."""
        return functional.softplus(logits[self.places(tagger)]).mean() / len(tagger.tags)

    def places(self, tagger: Tagger) -> list[int]:
        """Return where the aim's tags stand among a tagger's."""
        return [tagger.tags.index(tag) for tag in self.tags if tag in tagger.tags]

    def opinion(self, taggers: Sequence[Tagger], sound: torch.Tensor, rest: torch.Tensor) -> Opinion:
        """Return what taggers think of all of a sound, and of what is left, both ``(samples,)``: their mean."""
        losses, heard = [], []
        for tagger in taggers:
            probable = tagger.opinion(as_shown(sound))
            loss = self.loss(tagger, torch.logit(probable, _SURE))
            if self.rest_without:
                loss = loss + self.rest_loss(tagger, torch.logit(tagger.opinion(as_shown(rest)), _SURE))
            losses.append(float(loss))
            heard.append(float(probable[self.places(tagger)].max()))
        return Opinion(sum(losses) / len(losses), sum(heard) / len(heard))

    def _wanted(self, tagger: Tagger) -> torch.Tensor:
        wanted = torch.zeros(len(tagger.tags))
        wanted[self.places(tagger)] = 1.0
        return wanted


def as_shown(sound: torch.Tensor) -> torch.Tensor:
    """Return a sound at the level at which taggers are asked for an opinion; silence as it is."""
    level = float(sound.detach().square().mean().sqrt())
    return sound * (LOUD / level) if level > _SOFTEST else sound
