"""How fast a gain follows: one time constant on its way up, another on its way down.

y[n] = x[n] + α (y[n-1] - x[n]), with α = exp(-1 / (τ rate)), and τ one of two by whether x[n] is above y[n-1]: the
smooth branching detector of D. Giannoulis, M. Massberg, J. D. Reiss: "Digital dynamic range compressor design", JAES
60(6), 2012, equation 18, over decibels. After τ, 63 % (1 - 1/e) of a step is done. The gradient is exact: the recursion
backwards in time, along the branches that were taken.
"""

from __future__ import annotations

from itertools import repeat
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

Doubles = NDArray[np.float64]


def keeping(milliseconds: torch.Tensor, rate: float) -> torch.Tensor:
    """Return α of time constants, in samples of ``rate`` Hz."""
    return torch.exp(-1000.0 / (milliseconds * rate))


def followed(target: Doubles, rise: Doubles, fall: Doubles, start: Doubles) -> Doubles:
    """Return how ``target (rows, samples)`` is followed from ``start (rows)``; α: ``(rows, 1)`` or as the target."""
    out = np.empty_like(target)
    for row, (goals, ups, downs, value) in enumerate(zip(target, rise.tolist(), fall.tolist(), start.tolist())):
        found, y = [], value
        each = zip(goals.tolist(), *(repeat(ways[0]) if len(ways) == 1 else ways for ways in (ups, downs)))
        for x, up, down in each:
            y = x + (up if x > y else down) * (y - x)
            found.append(y)
        out[row] = found
    return out


class _Follow(torch.autograd.Function):
    """From a start that is given."""

    @staticmethod
    def forward(
        ctx: Any, target: torch.Tensor, rise: torch.Tensor, fall: torch.Tensor, start: torch.Tensor
    ) -> torch.Tensor:
        out = torch.from_numpy(followed(target.numpy(), rise.numpy()[:, None], fall.numpy()[:, None], start.numpy()))
        ctx.save_for_backward(target, rise, fall, start, out)
        return out

    @staticmethod
    def backward(ctx: Any, *gradients: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor, None]:
        target, rise, fall, start, out = ctx.saved_tensors
        before = torch.cat([start[:, None], out[:, :-1]], dim=1)
        rising = target > before
        kept = torch.where(rising, rise[:, None], fall[:, None])
        back = torch.from_numpy(_backwards(gradients[0].numpy(), kept.numpy()))
        turned = back * (before - target)
        to_target = (1 - kept) * back
        return to_target, (turned * rising).sum(1), (turned * ~rising).sum(1), None


def _backwards(gradient: Doubles, kept: Doubles) -> Doubles:
    """Return λ[n] = g[n] + α[n+1] λ[n+1], ``(rows, samples)``."""
    out = np.empty_like(gradient)
    for row, (slopes, factors) in enumerate(zip(gradient, kept)):
        found = []
        back = factor = 0.0
        for slope, this in zip(slopes[::-1].tolist(), factors[::-1].tolist()):
            back = slope + factor * back
            factor = this
            found.append(back)
        out[row] = found[::-1]
    return out


def follow(target: torch.Tensor, rise: torch.Tensor, fall: torch.Tensor, start: torch.Tensor) -> torch.Tensor:
    """Return ``followed``, differentiable in the target and both α; all of 64 bits."""
    out: torch.Tensor = _Follow.apply(target, rise, fall, start)  # type: ignore[no-untyped-call]
    return out
