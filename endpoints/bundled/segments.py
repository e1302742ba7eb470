"""Runs of equal values: from one decision per frame to segments."""

from __future__ import annotations

import torch


def runs(states: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Join neighbouring frames of equal state.

    Args:
        states: one integer per frame, shape `(frames,)`.

    Returns:
        First frame, end frame (exclusive) and state of each run, each of shape `(runs,)`.
    """
    count = states.shape[0]
    if count == 0:
        empty = torch.zeros(0, dtype=torch.long, device=states.device)
        return empty, empty, empty
    changes = torch.nonzero(states[1:] != states[:-1]).flatten() + 1
    starts = torch.cat([torch.zeros(1, dtype=torch.long, device=states.device), changes])
    ends = torch.cat([changes, torch.full((1,), count, dtype=torch.long, device=states.device)])
    return starts, ends, states[starts]


def run_means(values: torch.Tensor, starts: torch.Tensor, ends: torch.Tensor) -> torch.Tensor:
    """Mean of `values`, shape `(frames, …)`, over each run of at least one frame: shape `(runs, …)`."""
    total = torch.cumsum(values.to(torch.float64), 0)
    total = torch.cat([torch.zeros_like(total[:1]), total])
    lengths = (ends - starts).to(torch.float64)
    sums = total[ends] - total[starts]
    if values.dim() == 2:
        lengths = lengths.unsqueeze(1)
    return (sums / lengths).to(values.dtype)


def led_by(probabilities: torch.Tensor, classes: torch.Tensor) -> torch.Tensor:
    """Make the decided class the most probable one of its row.

    A decoder that weighs neighbours may decide for a class that is not the first in the mean over a run; that
    class then trades places with the first.

    Args:
        probabilities: shape `(n, classes)`.
        classes: the decided class of each row, shape `(n,)`.

    Returns:
        Shape `(n, classes)`.
    """
    if probabilities.shape[0] == 0:
        return probabilities
    best, first = probabilities.max(dim=1, keepdim=True)
    chosen = classes.unsqueeze(1)
    own = probabilities.gather(1, chosen)
    return probabilities.scatter(1, first, own).scatter(1, chosen, best)
