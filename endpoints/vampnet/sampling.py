"""Filling in a window's tokens, some in each round: those first of which the network is surest.

H. Chang, H. Zhang, L. Jiang, C. Liu, W. T. Freeman: MaskGIT: Masked generative image transformer, CVPR 2022, as VampNet
has it. What is drawn is narrowed down by C. Meister, T. Pimentel, G. Wiher, R. Cotterell: Locally typical sampling,
TACL 2023, and A. Holtzman and others: The curious case of neural text degeneration, ICLR 2020 (nucleus).
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import torch

from endpoints.vampnet.predicting import Layout

_LEAST = 1e-20


class Predicts(Protocol):
    """What says how likely tokens are; see :class:`endpoints.vampnet.predicting.Predictor`."""

    layout: Layout

    def logits(self, tokens: torch.Tensor, still: Callable[[], None]) -> torch.Tensor:
        """Return logits ``(steps, predicted books, tokens)`` of tokens ``(books, steps)``."""


@dataclass(frozen=True)
class Sampling:
    """How tokens are drawn.

    Attributes:
        rounds: in how many they are filled in.
        temperature: 1 draws as likely as the network says, less the likeliest more often; above 0.
        nucleus: of the likeliest values only so many count that they make up this share; 0: all do.
        typical: whether only values count that are about as surprising as is to be expected.
        mass, least: of these the share that counts, and how many at least.
        until: share of the rounds in which lots are drawn; from then on the likeliest value is taken.
        chance: how much luck has a say in which tokens stay, in the first round; it fades.
    """

    rounds: int = 36
    temperature: float = 1.0
    nucleus: float = 0.0
    typical: bool = False
    mass: float = 0.15
    least: int = 64
    until: float = 1.0
    chance: float = 10.5


def still_unknown(at_first: int, done: int, rounds: int, now: int) -> int:
    """Return how many tokens are to be guessed again after a round, of those that were masked.

    It falls as a quarter of a cosine does, by at least one a round, and to none in the last.

    Args:
        at_first: how many there were to be filled in.
        done: rounds that are done, with this one.
        rounds: of all.
        now: how many this round has guessed.

    >>> [still_unknown(100, done, 4, now) for done, now in ((1, 100), (2, 92), (3, 70), (4, 38))]
    [92, 70, 38, 0]
    """
    if done == rounds:
        return 0
    # In 32 bits, as VampNet has it.
    share = (torch.tensor(done / rounds) * torch.pi / 2).cos().clamp(1e-10, 1.0)
    return max(1, min(now - 1, int(torch.floor(share * at_first))))


def fill_in(
    predictor: Predicts,
    tokens: torch.Tensor,
    mask: torch.Tensor,
    how: Sampling,
    random: torch.Generator,
    told: Callable[[int], None],
) -> torch.Tensor:
    """Fill in tokens.

    Args:
        predictor: the network.
        tokens: ``(books, steps)``.
        mask: true where one is to be filled in, of the same shape; what the network is only told is not.
        how: how they are drawn.
        random: draws the lots.
        told: takes how many rounds are done, before each layer of the network too; what it raises ends the work.

    Returns:
        The same tokens with others where the mask says so, ``(books, steps)``.
    """
    layout = predictor.layout
    found, known = tokens[layout.given :].clone(), ~mask[layout.given :]
    at_first = int((~known).sum())
    for done in range(how.rounds if at_first else 0):
        heard = torch.cat([tokens[: layout.given], found.masked_fill(~known, layout.masked)])
        logits = predictor.logits(heard, lambda done=done: told(done)).cpu()  # type: ignore[misc]
        drawn, sure = _draw(logits, how, random, lots=done / how.rounds <= how.until)
        found = torch.where(known, found, drawn.t())
        again = still_unknown(at_first, done + 1, how.rounds, int((~known).sum()))
        luck = how.chance * (1 - (done + 1) / how.rounds)
        # Time runs slower than the books do here, which counts among equals.
        trust = sure.log() + luck * _gumbel(sure.shape, random)
        trust = torch.where(known.t(), torch.full_like(trust, torch.inf), trust)
        order = trust.flatten().sort().values
        known = (trust >= order[min(again, len(order) - 1)]).t()
        told(done + 1)
    return torch.cat([tokens[: layout.given], found])


def _draw(
    logits: torch.Tensor, how: Sampling, random: torch.Generator, *, lots: bool
) -> tuple[torch.Tensor, torch.Tensor]:
    """Return a value for each token, and how likely it was: both ``(steps, books)``."""
    if how.typical:
        logits = typical(logits, how.mass, how.least)
    if 0.0 < how.nucleus < 1.0:
        logits = nucleus(logits, how.nucleus)
    likely = (logits / how.temperature).log_softmax(-1)
    # The highest of logarithms with Gumbel's noise is a draw by these odds, on every device the same one.
    value = (likely + _gumbel(likely.shape, random) if lots else logits).argmax(-1)
    return value, likely.gather(-1, value[..., None])[..., 0].exp()


def typical(logits: torch.Tensor, mass: float, least: int) -> torch.Tensor:
    """Leave the values that are nearest to the expected surprise: a share of all likelihood, and so many at least."""
    likely = logits.log_softmax(-1)
    expected = -(likely.exp() * likely).nansum(-1, keepdim=True)
    order = (-likely - expected).abs().argsort(-1)
    return _first(logits, order, likely.exp().gather(-1, order), mass, least)


def nucleus(logits: torch.Tensor, share: float) -> torch.Tensor:
    """Leave the likeliest values that make up a share of all likelihood."""
    likely = logits.softmax(-1)
    order = likely.argsort(-1, descending=True)
    return _first(logits, order, likely.gather(-1, order), share, 1)


def _first(logits: torch.Tensor, order: torch.Tensor, likely: torch.Tensor, share: float, least: int) -> torch.Tensor:
    """Leave the first values in an order until they make up a share; the others cannot be drawn."""
    gone = likely.cumsum(-1) - likely > share
    gone[..., :least] = False
    return logits.masked_fill(torch.zeros_like(gone).scatter(-1, order, gone), -math.inf)


def _gumbel(shape: torch.Size, random: torch.Generator) -> torch.Tensor:
    even = torch.rand(shape, generator=random).clamp(_LEAST, 1 - 2**-24)
    return -(-even.log()).log()
