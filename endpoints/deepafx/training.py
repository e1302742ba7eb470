"""An encoder learns to turn a chain's knobs, from sounds before and after.

First it learns to say the defaults, whatever it hears, or what a teacher says of each sound; then the first effect
alone, the first two, and so on, each until held-out sound is no longer nearer, as the paper does. What is drawn in a
step depends on the seed, the stage and the step alone, so that a training that was interrupted goes on from its
checkpoint as if it had not been.
"""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from endpoints.adam import Adam
from endpoints.deepafx.chain import Chain, ChainPlan
from endpoints.deepafx.checkpoint import load, save
from endpoints.deepafx.encoder import HEARD, RATE, Encoder, log_mel, new_encoder
from endpoints.deepafx.hearing import Hearing
from endpoints.deepafx.loss import losses
from endpoints.deepafx.pairs import Excerpts, Pair, divided, draw
from endpoints.deepafx.schedule import Look, Schedule

_EDGE = 0.1
"""Of a range, at either end, that pretraining keeps away from."""
_TAUGHT_EDGE = 0.02
"""The same where a teacher says it: nearer to what it says."""
_CHECKPOINTS = 2
"""Which kind of checkpoints these are: what an earlier kind holds is not understood."""


@dataclass(frozen=True)
class Learnt:
    """What came of it.

    Attributes:
        encoder: as good as it was at its best.
        untouched: the held-out loss of the sound as it was before; ``defaults`` of the chain at its defaults;
            ``reached`` of what was learnt.
        looks: all of them.
    """

    encoder: Encoder
    untouched: float
    defaults: float
    reached: float
    looks: tuple[Look, ...]

    @property
    def _best_step(self) -> int:
        """Of the last stage; 0 is where it began."""
        last = self.looks[-1]
        return next((look.step for look in self.looks if look.stage == last.stage and look.held_out == last.best), 0)

    def facts(self, schedule: Schedule) -> dict[str, float | int | str]:
        """Return how it was learnt, and how well, as a card says it."""
        after = [*self.looks[1:], None]
        ends = [look for look, then in zip(self.looks, after) if then is None or then.stage != look.stage]
        return {
            "gradients": schedule.method,
            "the loss is of": "spectra and waves" if schedule.waves else "spectra",
            "seed": schedule.seed,
            "steps": sum(look.step for look in ends),
            "step of the last stage that was the best": self._best_step,
            "loss of the sound as it was": self.untouched,
            "loss of the effects at their defaults": self.defaults,
            "loss of what was learnt": self.reached,
        }


@dataclass
class _Standing:
    """Where the training is."""

    encoder: Encoder
    optimiser: Adam
    stage: int
    step: int = 0
    best: float = float("inf")
    since: int = 0
    kept: dict[str, Tensor] = field(default_factory=dict)
    looks: list[Look] = field(default_factory=list)
    spent: float = 0.0


class Training:
    """One training.

    Args:
        plan: the chain.
        pairs: to learn from; a part is held out.
        schedule: how.
        checkpoint: the file in which it stands, from which it goes on; None keeps none.
        told: is called with each look; what it raises ends the training.
        alive: is called at each step; what it raises ends the training.
        threads: for effects without gradients of their own, as for `Hearing`; they change no result.
        teacher: returns turns ``(items, knobs)`` for sounds ``(items, 40960)``, where it begins; none: the defaults.

    Raises:
        CheckpointError: the checkpoint is of another training, or damaged.
        PairsError: there is too little sound.
        ValueError: exact gradients of effects that have none.
    """

    def __init__(
        self,
        plan: ChainPlan,
        pairs: Sequence[Pair],
        schedule: Schedule,
        checkpoint: Path | None = None,
        told: Callable[[Look], None] = lambda _: None,
        alive: Callable[[], None] = lambda: None,
        threads: int | None = None,
        teacher: Callable[[Tensor], Tensor] | None = None,
    ) -> None:
        self._threads, self._teacher = threads, teacher
        self._plan, self._schedule, self._told, self._alive = plan, schedule, told, alive
        self._learn, self._check = divided(pairs)
        self._checkpoint = checkpoint
        if schedule.method == "exact" and not Chain(plan, RATE, 1).differentiable:
            raise ValueError("This chain has effects without gradients of their own; learn by SPSA.")
        digest = hashlib.sha256(json.dumps([_CHECKPOINTS, plan.as_data(), asdict(schedule)]).encode())
        for pair in pairs:
            digest.update(pair.before.tobytes() + pair.after.tobytes())
        if teacher:
            digest.update(teacher(torch.from_numpy(self._learn[0].before[None, :HEARD])).numpy().tobytes())
        self._identity = digest.hexdigest()
        links = len(plan.links)
        self._stages = list(range(1, links + 1)) if schedule.progressive else [links]
        # An effect of which nothing is learnt is no stage of its own.
        self._stages = [s for s in self._stages if s == links or plan.links[s - 1].learned]

    def run(self) -> Learnt:
        """Learn, from the checkpoint on where there is one."""
        standing = self._resumed() or self._begun()
        while standing.stage < len(self._stages):
            self._one_stage(standing)
            standing.encoder.load_state_dict(standing.kept)
            standing.stage += 1
            self._enter(standing)
            self._save(standing)
        whole = Hearing(self._plan, self._schedule, self._threads)
        excerpts = self._held_out(whole)
        defaults = torch.from_numpy(self._plan.defaults).float().expand(self._schedule.held_out, -1)
        after = excerpts.after
        dry = excerpts.before[:, :, self._schedule.warm : self._schedule.warm + self._schedule.stretch]
        return Learnt(
            standing.encoder,
            untouched=self._loss(dry, after).item(),
            defaults=self._loss(whole.plain(excerpts, defaults), after).item(),
            reached=self._look_at(standing.encoder, whole, excerpts),
            looks=tuple(standing.looks),
        )

    def _begun(self) -> _Standing:
        schedule = self._schedule
        encoder = new_encoder(len(self._plan.knobs), schedule.seed)
        rng = np.random.default_rng([schedule.seed, 0])
        encoder.fit(log_mel(draw(self._learn, 32, 0, schedule.stretch, 0, rng).heard))
        optimiser = Adam(encoder.parameters(), 1e-3)
        defaults = torch.from_numpy(self._plan.defaults).float()
        for _ in range(schedule.pretraining):
            self._alive()
            heard = draw(self._learn, schedule.items, 0, schedule.stretch, 0, rng).heard
            wanted = self._teacher(heard) if self._teacher else defaults
            optimiser.zero_grad()
            # At the ends of a range what turns a knob has no slope, and would learn nothing.
            edge = _TAUGHT_EDGE if self._teacher else _EDGE
            ((encoder(log_mel(heard)) - wanted.clamp(edge, 1 - edge)) ** 2).mean().backward()
            optimiser.step()
        standing = _Standing(encoder, optimiser, stage=0)
        self._enter(standing)
        self._save(standing)
        return standing

    def _enter(self, standing: _Standing) -> None:
        """Begin a stage."""
        standing.optimiser = Adam(standing.encoder.parameters(), self._schedule.rate)
        standing.step, standing.best, standing.since = 0, float("inf"), 0
        standing.kept = _copied(standing.encoder)

    def _one_stage(self, standing: _Standing) -> None:
        schedule, stage = self._schedule, self._stages[standing.stage]
        hearing = Hearing(self._plan.first(stage), schedule, self._threads)
        excerpts = self._held_out(hearing)
        if standing.step == 0:
            standing.best = self._look_at(standing.encoder, hearing, excerpts)
        while standing.step < schedule.steps and standing.since < schedule.patience and not self._late(standing):
            began, found = time.monotonic(), []
            # From here on nothing is remembered of the sounds before, so that a checkpoint need not hold it.
            hearing.forget()
            for _ in range(min(schedule.every, schedule.steps - standing.step)):
                self._alive()
                found.append(self._one_step(standing, hearing))
                standing.step += 1
                if self._late(standing, time.monotonic() - began):
                    break
            reached = self._look_at(standing.encoder, hearing, excerpts)
            standing.since += 1
            if reached < standing.best:
                standing.best, standing.since, standing.kept = reached, 0, _copied(standing.encoder)
            standing.spent += time.monotonic() - began
            left = self._left(standing, (time.monotonic() - began) / len(found))
            numbers = float(np.mean(found)), reached, standing.best, left
            standing.looks.append(Look(stage, len(self._plan.links), standing.step, *numbers))
            self._save(standing)
            self._told(standing.looks[-1])

    def _one_step(self, standing: _Standing, hearing: Hearing) -> float:
        schedule = self._schedule
        rng = np.random.default_rng([schedule.seed, 1 + standing.stage, standing.step])
        excerpts = draw(self._learn, schedule.items, schedule.warm, schedule.stretch, hearing.latency, rng)
        standing.optimiser.zero_grad()
        turns = standing.encoder(log_mel(excerpts.heard))[:, : hearing.knobs]
        loss = self._loss(hearing.render(excerpts, turns, rng), excerpts.after)
        loss.backward()  # type: ignore[no-untyped-call]
        torch.nn.utils.clip_grad_norm_(standing.encoder.parameters(), 10.0)
        standing.optimiser.step()
        return loss.item()

    def _held_out(self, hearing: Hearing) -> Excerpts:
        schedule = self._schedule
        rng = np.random.default_rng([schedule.seed, 1 << 20])
        return draw(self._check, schedule.held_out, schedule.warm, schedule.stretch, hearing.latency, rng)

    def _look_at(self, encoder: Encoder, hearing: Hearing, excerpts: Excerpts) -> float:
        with torch.no_grad():
            turns = encoder(log_mel(excerpts.heard))[:, : hearing.knobs]
        return self._loss(hearing.plain(excerpts, turns), excerpts.after).item()

    def _loss(self, sound: Tensor, target: Tensor) -> Tensor:
        return losses(sound, target, self._schedule.most_late, self._schedule.waves).mean()

    def _late(self, standing: _Standing, more: float = 0.0) -> bool:
        limit = self._schedule.seconds * (standing.stage + 1) / len(self._stages)
        return bool(limit) and standing.spent + more >= limit

    def _left(self, standing: _Standing, a_step: float) -> float:
        steps = self._schedule.steps * (len(self._stages) - standing.stage) - standing.step
        at_most = self._schedule.seconds - standing.spent if self._schedule.seconds else float("inf")
        return max(0.0, min(steps * a_step, at_most))

    def _save(self, standing: _Standing) -> None:
        if self._checkpoint is None:
            return
        state: dict[str, Any] = {
            "training": self._identity,
            "encoder": standing.encoder.state_dict(),
            "optimiser": standing.optimiser.state_dict(),
            "kept": standing.kept,
            "looks": [asdict(look) for look in standing.looks],
            **{name: getattr(standing, name) for name in ("stage", "step", "best", "since", "spent")},
        }
        save(self._checkpoint, state)

    def _resumed(self) -> _Standing | None:
        state = load(self._checkpoint, self._identity) if self._checkpoint else None
        if state is None:
            return None
        encoder = new_encoder(len(self._plan.knobs), self._schedule.seed)
        encoder.load_state_dict(state["encoder"])
        optimiser = Adam(encoder.parameters(), self._schedule.rate)
        optimiser.load_state_dict(state["optimiser"])
        standing = _Standing(encoder, optimiser, state["stage"], kept=state["kept"])
        standing.step, standing.best, standing.since = state["step"], state["best"], state["since"]
        standing.spent, standing.looks = state["spent"], [Look(**look) for look in state["looks"]]
        return standing


def _copied(encoder: Encoder) -> dict[str, Tensor]:
    return {name: value.detach().clone() for name, value in encoder.state_dict().items()}
