"""What a job asks for, read from its controls."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass

from app.endpoint import Controls
from app.errors import ControlError
from endpoints.musicgen.controls import LONGEST, SECONDS, SEED, USUAL, WITH
from endpoints.musicgen.drawing import Drawing
from endpoints.musicgen.published import Published

_LEAST = 1.0
"""Seconds of new music, at least."""


@dataclass(frozen=True)
class Asked:
    """What a job asks for.

    Attributes:
        text: the words, without blanks around them; may be empty.
        seconds: of new music; 0: as much as was sent.
        version: the network.
        how: how tokens are drawn.
        joined: whether the sound that was sent comes back in front.
        seed: decides the lots.
        drawn: whether the seed was drawn by us.
    """

    text: str
    seconds: float
    version: Published
    how: Drawing
    joined: bool
    seed: int
    drawn: bool

    def length(self, sent: float) -> float:
        """Return how many seconds are made where so many were sent, 0 for none."""
        return self.seconds or max(_LEAST, min(sent or USUAL, LONGEST))


def asked(controls: Controls, published: Sequence[Published]) -> Asked:
    """Return what controls ask for, of these networks.

    Raises:
        ControlError: less music than can be made.
    """

    def number(name: str) -> float:
        return float(controls[name])  # type: ignore[arg-type]

    seconds = number("seconds")
    if 0 < seconds < _LEAST:
        raise ControlError(
            f"{SECONDS.label} expects 0 or a number from {_LEAST:g} to {LONGEST:g} (seconds), not {seconds:g}."
        )
    name = controls.get("version", published[0].name)
    seed = round(number("seed"))
    return Asked(
        text=str(controls["text"]).strip(),
        seconds=seconds,
        version=next(one for one in published if one.name == name),
        how=Drawing(number("guidance"), number("temperature"), round(number("most"))),
        joined=controls["result"] == WITH,
        seed=seed or random.SystemRandom().randint(1, int(SEED.maximum)),
        drawn=not seed,
    )
