"""Adam without torch's compiler, which ``torch.optim`` imports: two seconds of each learning, for nothing.

Kingma and Ba, *Adam: A Method for Stochastic Optimization*, 2015, algorithm 1, in the order of operations that
``torch.optim.Adam`` has, so that both give the same to the bit.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import torch
from torch import Tensor

_FIRST, _SECOND = 0.9, 0.999
"""What is kept of the means of the gradients, and of their squares, at each step."""
_TINY = 1e-8
"""Is added to what is divided by."""


class Adam:
    """Moves numbers against their gradients, each at a pace of its own.

    Args:
        parameters: what is moved; each has its gradient in ``grad``.
        rate: about how far a step goes, in the parameters' own unit.
    """

    def __init__(self, parameters: Iterable[Tensor], rate: float) -> None:
        self._parameters = list(parameters)
        self._rate = rate
        self._steps = 0
        self._means = [torch.zeros_like(one) for one in self._parameters]
        self._squares = [torch.zeros_like(one) for one in self._parameters]

    def zero_grad(self) -> None:
        """Forget the gradients."""
        for one in self._parameters:
            one.grad = None

    @torch.no_grad()
    def step(self) -> None:
        """Move each parameter that has a gradient."""
        self._steps += 1
        length = self._rate / (1 - _FIRST**self._steps)
        scale = (1 - _SECOND**self._steps) ** 0.5
        for one, mean, square in zip(self._parameters, self._means, self._squares):
            if one.grad is not None:
                mean.lerp_(one.grad, 1 - _FIRST)
                square.mul_(_SECOND).addcmul_(one.grad, one.grad, value=1 - _SECOND)
                one.addcdiv_(mean, (square.sqrt() / scale).add_(_TINY), value=-length)

    def state_dict(self) -> dict[str, Any]:
        """Return what :meth:`load_state_dict` takes: numbers, and lists of tensors shaped as the parameters."""
        return {"rate": self._rate, "steps": self._steps, "means": self._means, "squares": self._squares}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Go on where another one stood, over parameters of the same shapes."""
        self._rate, self._steps = state["rate"], state["steps"]
        for ours, theirs in zip((*self._means, *self._squares), (*state["means"], *state["squares"])):
            ours.copy_(theirs)
