"""How the next tokens are drawn from what the network says of all."""

from __future__ import annotations

from dataclasses import dataclass

import torch


@dataclass(frozen=True)
class Drawing:
    """How tokens are drawn.

    Attributes:
        guidance: by how much what the words add is exaggerated; 1: not at all (J. Ho, T. Salimans: Classifier-Free
            Diffusion Guidance, 2022).
        temperature: what the scores are divided by.
        most: how many of the likeliest are drawn from.
    """

    guidance: float
    temperature: float
    most: int


def draw(scores: torch.Tensor, how: Drawing, random: torch.Generator) -> torch.Tensor:
    """Return a token for each book, ``(books,)``, from ``scores (books, tokens)`` on the processor."""
    best, tokens = scores.topk(min(how.most, scores.shape[1]))
    chances = (best / how.temperature).softmax(-1)
    lots = torch.multinomial(chances, 1, generator=random)
    return tokens.gather(1, lots)[:, 0]
