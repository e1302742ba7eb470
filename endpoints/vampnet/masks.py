"""Which tokens are kept, and which are made anew: true where a token is made anew, ``(books, steps)`` throughout."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch

Mask = torch.Tensor


@dataclass(frozen=True)
class Hints:
    """What is kept of the sound.

    Attributes:
        period: one step of so many is kept in its first books; 0: none is.
        width: steps kept each time.
        onset_width: steps kept on each side of each onset; 0: none.
        beat_steps: steps kept from each beat on; 0: none.
        forgotten: share of the kept steps' places that is drawn to be made anew all the same, 0 to 1.
        books: only the first so many are kept at all; the others are made anew everywhere.
        chance: share of tokens that is kept here and there, drawn by lot.
        kept: the first so many books are kept everywhere.
    """

    period: int = 7
    width: int = 1
    onset_width: int = 0
    beat_steps: int = 0
    forgotten: float = 0.0
    books: int = 3
    chance: float = 0.0
    kept: int = 0


def periodic(books: int, steps: int, period: int, width: int = 1, moved: int = 0) -> Mask:
    """Keep one step of so many, and others around it up to a width; ``moved``: steps later, around the end.

    >>> periodic(1, 8, 3, moved=1).int().tolist()
    [[1, 0, 1, 1, 0, 1, 1, 0]]
    """
    mask = torch.ones(steps, dtype=torch.bool)
    if period:
        for at in range(0, steps, period):
            mask[max(0, at - width // 2) : at + width // 2 + 1] = False
    return mask.roll(moved).expand(books, -1).clone()


def around(books: int, steps: int, places: Sequence[int], before: int, after: int) -> Mask:
    """Keep steps around places: so many before each, and from it on so many.

    >>> around(1, 8, [0, 5], 1, 2).int().tolist()
    [[0, 0, 1, 1, 0, 0, 0, 1]]
    """
    mask = torch.ones(books, steps, dtype=torch.bool)
    for place in places:
        mask[:, max(0, place - before) : max(0, place + after)] = False
    return mask


def within(books: int, steps: int, first: int, last: int) -> Mask:
    """Make anew what lies from one step up to another, and keep the rest."""
    mask = torch.zeros(books, steps, dtype=torch.bool)
    mask[:, first:last] = True
    return mask


def forgotten(mask: Mask, share: float, random: torch.Generator) -> Mask:
    """Make steps anew that are drawn by lot, with repetition, as many as a share of all; so fewer than that share."""
    steps = mask.shape[1]
    drawn = torch.randint(0, steps, (int(steps * share),), generator=random)
    mask = mask.clone()
    mask[:, drawn] = True
    return mask


def above(mask: Mask, kept: int) -> Mask:
    """Make anew all books but the first so many."""
    mask = mask.clone()
    mask[kept:] = True
    return mask


def with_ends(mask: Mask) -> Mask:
    """Keep the first step and the last one too, where anything is kept."""
    if bool(mask.all()):
        return mask
    mask = mask.clone()
    mask[:, [0, -1]] = False
    return mask


def hinted(
    books: int, steps: int, hints: Hints, onsets: Sequence[int], beats: Sequence[int], random: torch.Generator
) -> Mask:
    """Return which tokens are made anew, of a sound of which all may be.

    Args:
        books: of the mask's shape.
        steps: the same.
        hints: what is kept.
        onsets: in which steps notes begin.
        beats: in which steps beats are.
        random: draws where the period begins, and what is forgotten.
    """
    moved = int(torch.randint(0, hints.period, (1,), generator=random)) if hints.period else 0
    mask = periodic(books, steps, hints.period, hints.width, moved)
    if hints.onset_width:
        mask &= around(books, steps, onsets, hints.onset_width, hints.onset_width)
    if hints.chance:
        mask &= torch.rand(books, steps, generator=random) >= hints.chance
    mask = forgotten(mask, hints.forgotten, random)
    mask[: hints.kept] = False
    if hints.beat_steps:
        # After what is forgotten: a beat stays.
        mask &= around(books, steps, beats, 0, hints.beat_steps)
    return above(mask, hints.books)
