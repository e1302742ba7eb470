"""What a job asks for, read from its controls."""

from __future__ import annotations

import random
from dataclasses import dataclass

from app.endpoint import Controls
from app.errors import ControlError
from endpoints.vampnet.controls import DROPPED, FROM, LONGER, PRESETS, SEED, TO
from endpoints.vampnet.masks import Hints
from endpoints.vampnet.sampling import Sampling


@dataclass(frozen=True)
class Asked:
    """What a job asks for.

    Attributes:
        model: the published networks' name.
        hints: what is kept; its beat mask is in steps, which :attr:`beat` tells in seconds.
        beat: seconds kept from each beat on.
        how: how tokens are drawn.
        passes: how often the coarse ones are.
        start, end: the stretch to be made anew, in seconds; an end of 0 is the sound's.
        variations: how many are made.
        mono: whether the sides are dropped.
        pitch: semitones by which the sound is moved before.
        longer: by how many times the result is longer.
        seed: decides the lots.
        drawn: whether the seed was drawn by us.
    """

    model: str
    hints: Hints
    beat: float
    how: Sampling
    passes: int
    start: float
    end: float
    variations: int
    mono: bool
    pitch: float
    longer: int
    seed: int
    drawn: bool


def asked(controls: Controls) -> Asked:
    """Return what controls ask for.

    Raises:
        ControlError: they contradict each other.
    """

    def number(name: str) -> float:
        return float(controls[name])  # type: ignore[arg-type]

    def whole(name: str) -> int:
        return round(number(name))

    preset = PRESETS[str(controls["preset"])]
    period, books, forgotten, beat = preset or (
        whole("period"),
        whole("books"),
        number("forgotten"),
        whole("beat"),
    )
    hints = Hints(
        period=period,
        width=whole("width"),
        onset_width=0 if preset else whole("onset"),
        forgotten=forgotten,
        books=books,
        chance=number("chance") / 100,
        kept=whole("kept"),
    )
    how = Sampling(
        rounds=whole("rounds"),
        temperature=number("temperature"),
        nucleus=number("nucleus"),
        typical=bool(controls["typical"]),
        mass=number("mass"),
        least=whole("least"),
        until=number("until"),
    )
    start, end, longer, seed = number("start"), number("end"), whole("longer"), whole("seed")
    if end and end <= start:
        raise ControlError(f"{TO.label} expects more seconds than {FROM.label} ({start:g}), or 0, not {end:g}.")
    if longer > 1 and (start or end):
        raise ControlError(f"{LONGER.label} is for the whole sound: set {FROM.label} and {TO.label} to 0, or it to 1.")
    return Asked(
        model=str(controls["model"]),
        hints=hints,
        beat=beat / 1000,
        how=how,
        passes=whole("passes"),
        start=start,
        end=end,
        variations=whole("variations"),
        mono=controls["sides"] == DROPPED,
        pitch=number("pitch"),
        longer=longer,
        seed=seed or random.SystemRandom().randint(1, int(SEED.maximum)),
        drawn=not seed,
    )
