"""New tokens, window by window, and their sound, piece by piece."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch

from endpoints.musicgen.building import RATE
from endpoints.musicgen.chroma import from_moment
from endpoints.musicgen.drawing import Drawing, draw
from endpoints.musicgen.network import Network

WINDOW, HEARD = 30.0, 12.0
"""Seconds that the networks were taught to make at once, and those that a window hears of what came before."""

_PIECE, _BESIDE, _FADE = 30.0, 1.0, 0.1
"""Seconds of sound that are decoded at once, heard on each side of that, and faded on each side of where two meet."""

Made = Callable[[int], None]
"""Takes how many steps are made so far, often; what it raises ends the work."""


@dataclass(frozen=True)
class Wanted:
    """What new music goes by.

    Attributes:
        meaning: what the words mean, see :meth:`endpoints.musicgen.network.Network.meaning`.
        notes: a melody ``(moments, 12)``, or ``None``; it begins where the new music does.
        how: how tokens are drawn.
        seed: decides the lots.
    """

    meaning: torch.Tensor | None
    notes: torch.Tensor | None
    how: Drawing
    seed: int


def steps_of(network: Network, seconds: float) -> int:
    """Return how many steps of time so many seconds are, rounded down."""
    return int(seconds * RATE / network.hop + 1e-6)


def continued(network: Network, before: torch.Tensor, count: int, wanted: Wanted, made: Made) -> torch.Tensor:
    """Return ``before (books, steps)``, which may be empty, and ``count`` new steps behind it."""
    random = torch.Generator().manual_seed(wanted.seed)
    tokens, end = before, before.shape[1] + count
    while tokens.shape[1] < end:
        done = tokens.shape[1] - before.shape[1]
        heard = tokens[:, max(0, tokens.shape[1] - steps_of(network, HEARD)) :]
        new = min(end - tokens.shape[1], steps_of(network, WINDOW) - heard.shape[1])
        starts = (done - heard.shape[1]) * network.hop / RATE
        notes = None if wanted.notes is None else from_moment(wanted.notes, starts, RATE)
        hints = network.hints(wanted.meaning, notes, wanted.how.guidance)

        def tell(steps: int, done: int = done) -> None:
            made(done + steps)

        tokens = torch.cat([tokens, _window(network, heard, new, hints, wanted.how, random, tell)], dim=1)
    return tokens


def _window(
    network: Network,
    heard: torch.Tensor,
    count: int,
    hints: torch.Tensor,
    how: Drawing,
    random: torch.Generator,
    made: Made,
) -> torch.Tensor:
    """Return new steps, ``(books, count)``.

    Each book lies one step behind the one before it, those of two channels side by side, so that a step's tokens are
    drawn one after the other and know of each other. A blank comes before all.
    """
    books, known = heard.shape
    delays = [book // network.channels for book in range(books)]
    end = known + count
    lines = torch.full((books, end + delays[-1] + 1), network.blank)
    for book, delay in enumerate(delays):
        lines[book, delay + 1 : delay + 1 + known] = heard[book]
    memory, read = None, 0
    for place in range(known + 1, end + delays[-1] + 1):
        scores, memory = network.following(lines[:, read:place], hints, how.guidance, memory)
        read = place
        drawn = draw(scores, how, random)
        for book, delay in enumerate(delays):
            if known + delay < place <= end + delay:
                lines[book, place] = drawn[book]
        made(min(place - known, count))
    return torch.stack([lines[book, delay + 1 + known : delay + 1 + end] for book, delay in enumerate(delays)])


def sounded(network: Network, tokens: torch.Tensor, done: Callable[[float], None]) -> torch.Tensor:
    """Return the sound ``(channels, samples)`` of ``tokens (books, steps)``, in memory that grows with nothing else.

    Args:
        network: whose codec it is.
        tokens: at least one step.
        done: takes the share that is done; what it raises ends the work.
    """
    hop, steps = network.hop, tokens.shape[1]
    piece, beside, fade = (steps_of(network, seconds) for seconds in (_PIECE, _BESIDE, _FADE))
    sound = torch.zeros(network.channels, steps * hop)
    for start in range(0, steps, piece):
        done(start / steps)
        first, last = max(0, start - beside), min(steps, start + piece + beside)
        made = network.sound(tokens[:, first:last])
        begin, end = max(0, start - fade), min(steps, start + piece + fade)
        part = made[:, (begin - first) * hop : (end - first) * hop].clone()
        if start:
            meet = slice(begin * hop, min(end, start + fade) * hop)
            ramp = torch.linspace(0, 1, 2 * fade * hop)[: meet.stop - meet.start]
            part[:, : len(ramp)] = ramp * part[:, : len(ramp)] + (1 - ramp) * sound[:, meet]
        sound[:, begin * hop : end * hop] = part
    return sound
