"""Where the gates stand at first: a tagger hears each part by itself.

A part is a note or a stroke with its instrument's sound, which a tagger often names when nothing else sounds. From the
middle of all gates, where the authors begin, a gradient says far less: what one part does to a mixture depends on all
the others. How sure a tagger must be is told by the parts themselves: they are divided in two where both sides are most
alike within, each part counted by its energy (N. Otsu: "A threshold selection method from gray-level histograms",
IEEE Transactions on Systems, Man, and Cybernetics, 1979).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import torch

from endpoints.tagbox.aim import Aim, as_shown
from endpoints.tagbox.taggers.tagger import RATE, Tagger

STEEPNESS, WIDEST = 4.0, 4.0
"""How far a gate opens for a part that stands a standard deviation above the division; and how far at most."""

_EXCERPT = 3 * RATE
_EVERY = RATE // 2
_SILENT, _ALIKE = 1e-12, 1e-6


def first_gates(heard: torch.Tensor, aim: Aim, taggers: Sequence[Tagger], tick: Callable[[], None]) -> torch.Tensor:
    """Return the gates' parameters for parts as taggers hear them by themselves.

    Args:
        heard: the parts, ``(parts, samples)``, mono at 16 kHz.
        aim: what is wanted.
        taggers: who listens.
        tick: called before each part; what it raises ends it.

    Returns:
        ``(parts,)``, above 0 for what is more likely wanted than not.
    """
    energy = heard.square().sum(1) + _SILENT
    found = []
    with torch.no_grad():
        for part in heard:
            tick()
            shown, start = as_shown(part), loudest(part)
            said = [tagger.excerpt(shown, start)[aim.places(tagger)].max() for tagger in taggers]
            found.append(torch.stack(said).mean())
    sure = torch.stack(found)
    middle = (energy * sure).sum() / energy.sum()
    deviation = ((energy * (sure - middle).square()).sum() / energy.sum()).sqrt()
    apart = STEEPNESS * (sure - division(sure, energy)) / (deviation + _ALIKE)
    return apart.clamp(-WIDEST, WIDEST)


def division(values: torch.Tensor, weights: torch.Tensor) -> torch.Tensor:
    """Return the number that divides values ``(n,)`` so that both sides' means are as far apart as weights allow.

    >>> float(division(torch.tensor([0.0, 9.0, 1.0, 8.0]), torch.ones(4)))
    4.5
    """
    order = values.argsort()
    ordered, weight = values[order].double(), weights[order].double()
    below, moment = weight.cumsum(0)[:-1], (weight * ordered).cumsum(0)
    above = weight.sum() - below
    between = below * above * (moment[:-1] / below - (moment[-1] - moment[:-1]) / above).square()
    best = int(between.argmax())
    return ((ordered[best] + ordered[best + 1]) / 2).to(values.dtype)


def loudest(sound: torch.Tensor) -> int:
    """Return where the loudest 3 s of a sound ``(samples,)`` begin, to half a second."""
    if sound.shape[0] <= _EXCERPT:
        return 0
    return int(sound.square().unfold(0, _EXCERPT, _EVERY).sum(1).argmax()) * _EVERY
