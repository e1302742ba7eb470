"""Gradients of effects that have none to give, from how their sound changes with a small turn.

SPSA (J. C. Spall: "Multivariate stochastic approximation using a simultaneous perturbation gradient approximation",
IEEE Transactions on Automatic Control 37(3), 1992): all knobs are turned at once by ±ε, each by a coin of its own. How
the sound changes along the gradient that comes back, over a knob's own step, is right on average, for any number of
knobs. Finite differences turn one knob after the other.

Chains run side by side in threads: a plugin's own code holds no lock of Python's. Which thread runs a chain changes
no result.
"""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Literal

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from endpoints.deepafx.chain import Chain, ChainPlan, Turns, make_chains
from endpoints.effects.plugin import Block

Method = Literal["spsa", "differences"]


class Bank:
    """Chains for each item of a batch: one that is heard, and a pair a draw that is turned to either side.

    Each keeps its own state from call to call, as each sound goes on.

    Args:
        plan: of all of them.
        rate: in Hz.
        channels: of the sound.
        items: in a batch.
        method: SPSA has one pair an item; differences have one a knob.
        epsilon: how far a knob is turned, of its range.
    """

    def __init__(
        self,
        plan: ChainPlan,
        rate: int,
        channels: int,
        items: int,
        method: Method = "spsa",
        epsilon: float = 0.01,
        threads: int | None = None,
    ) -> None:
        self.plan, self.method, self.epsilon = plan, method, epsilon
        self.heard = make_chains(plan, rate, channels, items)
        self.draws = 1 if method == "spsa" else len(plan.knobs)
        self.turned = [make_chains(plan, rate, channels, 2 * self.draws) for _ in range(items)]
        threads = threads or torch.get_num_threads()
        self._pool = ThreadPoolExecutor(threads, "spsa") if threads > 1 else None

    @property
    def latency(self) -> int:
        """Samples by which the sound comes late."""
        return self.heard[0].latency

    def reset(self) -> None:
        """Forget all sound."""
        for chain in [*self.heard, *(chain for pairs in self.turned for chain in pairs)]:
            chain.reset()

    def steps(self, turns: NDArray[np.float64], rng: np.random.Generator) -> NDArray[np.float64]:
        """Return by how much each draw turns each knob to the upper side, ``(draws, knobs)``."""
        if self.method == "differences":
            return self.epsilon * np.eye(len(turns))
        return self.epsilon * rng.choice([-1.0, 1.0], (1, len(turns)))

    def render(self, sound: Tensor, turns: Tensor, rng: np.random.Generator) -> Tensor:
        """Return the next stretch of each item, differentiable in the turns; the sound gets no gradient.

        Args:
            sound: ``(items, channels, samples)``.
            turns: ``(items, knobs)``.
            rng: draws the coins.
        """
        out: Tensor = _Turned.apply(turns, sound, self, rng)  # type: ignore[no-untyped-call]
        return out

    def listen(self, sound: Tensor, turns: Tensor) -> Tensor:
        """Return the same without gradients; the pairs hear nothing."""
        return torch.from_numpy(np.stack(self.run(self.heard, [*sound.numpy()], [*turns.detach().double().numpy()])))

    def run(self, chains: Sequence[Chain], blocks: Sequence[Block], turns: Sequence[Turns]) -> list[Block]:
        """Return what each chain makes of its next block, side by side; no chain is there twice."""
        apply = map if self._pool is None else self._pool.map
        return list(apply(Chain.process, chains, blocks, turns))


class _Turned(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, turns: Tensor, sound: Tensor, bank: Bank, rng: np.random.Generator) -> Tensor:
        chains, blocks, places, steps = [*bank.heard], [*sound.numpy()], [*turns.detach().double().numpy()], []
        for pairs, block, at in zip(bank.turned, sound.numpy(), turns.detach().double().numpy()):
            for step in bank.steps(at, rng):
                # At the end of a range one side stays where it is; the step is then as long as it was.
                above, below = np.clip(at + step, 0, 1), np.clip(at - step, 0, 1)
                blocks += [block, block]
                places += [above, below]
                steps.append(above - below)
            chains += pairs
        made = np.stack(bank.run(chains, blocks, places))
        heard, turned = made[: len(bank.heard)], made[len(bank.heard) :]
        changes = turned[0::2] - turned[1::2]
        shape = (len(heard), bank.draws, -1)
        ctx.save_for_backward(
            torch.from_numpy(changes.reshape(*shape)), torch.from_numpy(np.stack(steps).reshape(*shape))
        )
        return torch.from_numpy(heard).to(sound.dtype)

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor, None, None, None]:
        changes, steps = ctx.saved_tensors
        along = (changes.double() @ gradients[0].double().flatten(1)[:, :, None])[:, :, 0]
        inverse = torch.where(steps == 0, 0.0, 1 / torch.where(steps == 0, 1.0, steps))
        return (along[:, :, None] * inverse).sum(1).to(gradients[0].dtype), None, None, None
