"""How a training goes, and what it tells of itself."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Method = Literal["exact", "spsa", "differences"]


@dataclass(frozen=True)
class Schedule:
    """How it is learnt.

    Attributes:
        method: where gradients come from; exact ones only of the torch set.
        seed: of the weights and all draws.
        items: excerpts a step.
        warm, stretch: samples that the effects hear before what counts, and that count.
        steps: at most, of each stage.
        pretraining: steps towards the defaults, or a teacher's turns.
        every: steps between two looks at held-out sound, each with a checkpoint.
        patience: such looks without progress before a stage ends.
        held_out: excerpts of them.
        rate: of Adam, at each stage's start.
        epsilon: of SPSA and differences.
        progressive: effect by effect; else all at once.
        most_late: samples that the alignment allows.
        waves: the loss compares waves, too, not their spectra alone.
        seconds: of learning, at most; 0 is no limit.
    """

    method: Method = "exact"
    seed: int = 1
    items: int = 16
    warm: int = 2048
    stretch: int = 4096
    steps: int = 300
    pretraining: int = 60
    every: int = 20
    patience: int = 6
    held_out: int = 16
    rate: float = 1e-3
    epsilon: float = 0.01
    progressive: bool = True
    most_late: int = 100
    waves: bool = True
    seconds: float = 0.0


@dataclass(frozen=True)
class Look:
    """A look at held-out sound.

    Attributes:
        stage, stages: the first ``stage`` effects, of ``stages`` in all, are learnt now.
        step: of this stage.
        loss: of the steps since the last look, on average.
        held_out: of held-out sound; ``best`` the least of this stage.
        left: seconds until the end at most, as it goes now.
    """

    stage: int
    stages: int
    step: int
    loss: float
    held_out: float
    best: float
    left: float
