"""What a user reads about a model."""

from __future__ import annotations

from dataclasses import dataclass

DEVIATES = "Deviates from the format:"
"""What stands before the warnings at the end of a description."""


@dataclass(frozen=True)
class ModelCard:
    """A model's card, as HARP and the browser show it.

    Attributes:
        name: short title, for example ``"Harmonic / percussive"``.
        author: who made it; the hub owner where nothing else is known.
        description: what it does to sound, its rate and channels, its licence and its warnings.
        tags: free text and HARP's taxonomy (see :mod:`app.harp.tags`), in display order.
        licence: SPDX id or the hub's licence name; ``""`` when none is stated.
        warnings: what deviates from the format, one sentence each; they end ``description``, after :data:`DEVIATES`.
    """

    name: str
    author: str
    description: str
    tags: tuple[str, ...] = ()
    licence: str = ""
    warnings: tuple[str, ...] = ()
