"""Adam without torch's compiler, which each ``torch.optim.Optimizer`` imports: two seconds, for nothing.

The steps are torch's own function (Kingma and Ba, *Adam: A Method for Stochastic Optimization*, 2015, algorithm 1);
what that is given is kept here.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import torch
from torch import Tensor
from torch.optim.adam import adam


class Adam:
    """Moves numbers against their gradients, each at a pace of its own.

    Args:
        parameters: what is moved; each has its gradient in ``grad``.
        rate: about how far a step goes, in the parameters' own unit.
    """

    def __init__(self, parameters: Iterable[Tensor], rate: float) -> None:
        self._parameters = list(parameters)
        self._rate = rate
        self._steps = [torch.tensor(0.0) for _ in self._parameters]
        self._means = [torch.zeros_like(one) for one in self._parameters]
        self._squares = [torch.zeros_like(one) for one in self._parameters]

    def zero_grad(self) -> None:
        """Forget the gradients."""
        for one in self._parameters:
            one.grad = None

    @torch.no_grad()
    def step(self) -> None:
        """Move each parameter that has a gradient."""
        every = zip(self._parameters, self._means, self._squares, self._steps)
        moved = [(one, one.grad, *kept) for one, *kept in every if one.grad is not None]
        if not moved:
            return
        parameters, gradients, means, squares, steps = (list(column) for column in zip(*moved))
        adam(
            parameters,
            gradients,
            means,
            squares,
            [],
            steps,
            amsgrad=False,
            beta1=0.9,
            beta2=0.999,
            lr=self._rate,
            weight_decay=0.0,
            eps=1e-8,
            maximize=False,
            foreach=False,
        )

    def state_dict(self) -> dict[str, Any]:
        """Return what :meth:`load_state_dict` takes: a number, and lists of tensors."""
        return {"rate": self._rate, "steps": self._steps, "means": self._means, "squares": self._squares}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Go on where another one stood, over parameters of the same shapes."""
        self._rate = state["rate"]
        for name, ours in (("steps", self._steps), ("means", self._means), ("squares", self._squares)):
            for mine, theirs in zip(ours, state[name]):
                mine.copy_(theirs)
