"""A chain as it is heard in training."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from endpoints.deepafx.chain import Chain, ChainPlan
from endpoints.deepafx.encoder import RATE
from endpoints.deepafx.pairs import Excerpts
from endpoints.deepafx.schedule import Schedule
from endpoints.deepafx.spsa import Bank


class Hearing:
    """A chain at the encoder's rate, in mono, with either kind of gradients; what is late is made good.

    Args:
        plan: the chain.
        schedule: how much of it is heard, and where its gradients come from.
        threads: in which chains run side by side, where gradients are not exact; none: as many as torch has.
    """

    def __init__(self, plan: ChainPlan, schedule: Schedule, threads: int | None = None) -> None:
        self.knobs, self._schedule = len(plan.knobs), schedule
        self._chain = Chain(plan, RATE, 1)
        self._bank: Bank | None = None
        if schedule.method != "exact":
            self._bank = Bank(plan, RATE, 1, schedule.items, schedule.method, schedule.epsilon, threads)
        # What is late may depend on the values.
        self._chain.process(np.zeros((1, 0), np.float32), plan.defaults)
        self.latency = self._chain.latency

    def forget(self) -> None:
        """Let no sound be remembered."""
        if self._bank:
            self._bank.reset()

    def render(self, excerpts: Excerpts, turns: Tensor, rng: np.random.Generator) -> Tensor:
        """Return the stretches that count, ``(items, 1, stretch)``, with gradients."""
        if self._bank:
            return self._counted(self._bank.render(excerpts.before, turns, rng))
        return self._counted(self._chain.render(excerpts.before, turns))

    def plain(self, excerpts: Excerpts, turns: Tensor) -> Tensor:
        """Return the same without gradients, each from rest."""
        made = []
        for sound, at in zip(excerpts.before.numpy(), turns.double().numpy()):
            self._chain.reset()
            made.append(self._chain.process(sound, at))
        return self._counted(torch.from_numpy(np.stack(made)))

    def _counted(self, sound: Tensor) -> Tensor:
        begin = self._schedule.warm + self.latency
        return sound[:, :, begin : begin + self._schedule.stretch]
