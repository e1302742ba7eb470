"""What a task is: sound that is made for it, effects, and how it is learnt."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np

from app.errors import HarpistError
from endpoints.deepafx.chain import ChainPlan, plan_of_data, read_plan
from endpoints.deepafx.pairs import Mono, Pair
from endpoints.deepafx.schedule import Schedule
from endpoints.deepafx.tasks.teacher import Teacher

Part = Literal["training", "held out"]
"""Of the sound: what is held out has other voices, sentences, instruments and draws."""


class SourceError(HarpistError):
    """Sound cannot be made here; one sentence says what is missing."""


@dataclass(frozen=True)
class Task:
    """One task.

    Attributes:
        name: on the command line.
        title: for people.
        purpose: a sentence of what the result is for, for its card.
        material: a sentence of what it learns from.
        plugins: the chain, as `plan_of_data` takes it; none: ``chain`` has it, a file as `read_plan` takes it.
        schedule: how it is learnt.
        sounds: makes clean sounds from a seed.
        pair: makes before and after from one of them.
        usual: values by knob of one setting as it is often made by hand, to compare with.
        smoothing: of the curves, in seconds, that suits what is learnt.
        crossovers: knobs that turn the phase also where the effects do nothing else.
        teacher: what says where learning begins; none: the defaults do.
    """

    name: str
    title: str
    purpose: str
    material: str
    plugins: tuple[dict[str, Any], ...]
    schedule: Schedule
    sounds: Callable[[Part, int], list[Mono]]
    pair: Callable[[Mono, np.random.Generator], Pair]
    usual: Mapping[str, float]
    smoothing: float = 0.2
    chain: Path | None = None
    crossovers: tuple[str, ...] = ()
    teacher: Teacher | None = None

    @property
    def plan(self) -> ChainPlan:
        """The chain.

        Raises:
            ChainError: an effect of it is not here.
        """
        return read_plan(self.chain) if self.chain else plan_of_data([dict(plugin) for plugin in self.plugins])

    def pairs(self, part: Part, seed: int = 1) -> list[Pair]:
        """Return sounds before and after, the same for a seed and the same programs.

        Raises:
            SourceError: a program or a soundfont is missing.
        """
        sounds = self.sounds(part, seed)
        return [self.pair(s, np.random.default_rng([seed, number])) for number, s in enumerate(sounds)]
