"""All tokens of a sound, of whatever length: the coarse ones in passes, then the fine ones, window after window.

Each window begins with steps of the one before, which it is given; so nothing ends where a window does.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import torch

from endpoints.vampnet.masks import Mask, with_ends
from endpoints.vampnet.sampling import Predicts, Sampling, fill_in

COARSE_SECONDS, FINE_SECONDS = 10.0, 3.0
"""Of a window, as both networks were taught."""
_COARSE_SHARED, _FINE_SHARED = 2.0, 0.5
"""Seconds that a window is given of the one before."""
_FINE = Sampling(rounds=2, typical=False)
"""How the fine tokens are drawn; VampNet's authors say typical, but what they sort out is thrown away."""

Told = Callable[[float, str], None]
"""Takes the share that is done, and what is being done."""


@dataclass(frozen=True)
class Networks:
    """Both networks, and the codec's steps of a second.

    Attributes:
        coarse: fills in the first books, which tell what is played.
        fine: fills in the others, which tell how it sounds, from the first.
        rate: steps of a second.
    """

    coarse: Predicts
    fine: Predicts
    rate: float

    def steps(self, seconds: float) -> int:
        """Return how many steps last so long, at least one."""
        return max(1, round(seconds * self.rate))


@dataclass(frozen=True)
class Wanted:
    """What is to become of a sound's tokens.

    Attributes:
        mask: true where a token is made anew, ``(books, steps)``.
        inside: true where any may be: what hints have to say, they say there, ``(steps,)``.
        how: how the coarse tokens are drawn.
        passes: how often they are; each hears the last, and keeps what lies a step later.
    """

    mask: Mask
    inside: torch.Tensor
    how: Sampling
    passes: int = 1


def stretched(tokens: torch.Tensor, mask: Mask, factor: int) -> tuple[torch.Tensor, Mask]:
    """Return tokens and mask so many times as long: between two steps there are others, all to be filled in."""
    if factor == 1:
        return tokens, mask
    longer, between = tokens.repeat_interleave(factor, dim=1), mask.repeat_interleave(factor, dim=1)
    between[:, torch.arange(between.shape[1]) % factor != 0] = True
    return longer, between


def fill_all(
    networks: Networks, tokens: torch.Tensor, wanted: Wanted, random: torch.Generator, told: Told
) -> torch.Tensor:
    """Fill in all tokens.

    Args:
        networks: both.
        tokens: ``(books, steps)``, all books of the fine network.
        wanted: which, and how.
        random: draws the lots.
        told: takes the progress, before each layer of a network; what it raises ends the work.

    Returns:
        Tokens of the same shape; where the mask keeps one, the same.
    """
    books, total = networks.coarse.layout.books, tokens.shape[1]
    coarse, fine = networks.steps(COARSE_SECONDS), networks.steps(FINE_SECONDS)
    many = len(list(windows(total, coarse, networks.steps(_COARSE_SHARED))))
    rounds = wanted.passes * many * wanted.how.rounds
    after = len(list(windows(total, fine, networks.steps(_FINE_SHARED)))) * _FINE.rounds
    made, done = tokens.clone(), 0
    for number in range(wanted.passes):
        # What is kept for good stays where it is; hints move on.
        mask = wanted.mask[:books]
        mask = torch.where(wanted.inside, mask.roll(number, dims=1), mask)
        mask = with_ends(mask)
        for first, start, end in windows(total, coarse, networks.steps(_COARSE_SHARED)):

            def say(round_: int, done: int = done, number: int = number) -> None:
                at = min(round_ + 1, wanted.how.rounds)
                words = f"coarse, round {at} of {wanted.how.rounds}"
                words += f", pass {number + 1} of {wanted.passes}" if wanted.passes > 1 else ""
                told((done + round_) / (rounds + after), words)

            part = _fill(networks.coarse, made[:books], mask, (first, start, end), wanted.how, random, say)
            made[:books, start:end] = part
            done += wanted.how.rounds
    mask = wanted.mask.clone()
    mask[:books] = False
    for first, start, end in windows(total, fine, networks.steps(_FINE_SHARED)):

        def tell(round_: int, done: int = done) -> None:
            told((done + round_) / (rounds + after), "fine")

        made[:, start:end] = _fill(networks.fine, made, mask, (first, start, end), _FINE, random, tell)
        done += _FINE.rounds
    return made


def windows(total: int, length: int, shared: int) -> Iterator[tuple[int, int, int]]:
    """Yield windows: where each begins, from where on it is to be filled in, and where it ends.

    All are of one length, where there is enough; the last begins earlier for that. At most half a window is shared.

    >>> list(windows(25, 10, 2))
    [(0, 0, 10), (8, 10, 18), (15, 18, 25)]
    """
    done, shared = 0, min(shared, length // 2)
    while done < total:
        first = max(0, min(done - shared, total - length)) if done else 0
        end = min(first + length, total)
        yield first, done, end
        done = end


def _fill(
    predictor: Predicts,
    tokens: torch.Tensor,
    mask: Mask,
    window: tuple[int, int, int],
    how: Sampling,
    random: torch.Generator,
    told: Callable[[int], None],
) -> torch.Tensor:
    """Return what a window fills in, ``(books, its new steps)``."""
    first, start, end = window
    part = mask[:, first:end].clone()
    part[:, : start - first] = False
    found = fill_in(predictor, tokens[:, first:end], part, how, random, told)
    return found[:, start - first :]
