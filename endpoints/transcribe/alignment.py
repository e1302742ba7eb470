"""When each token was said: the way through what the network attended to.

By dynamic time warping over cross-attention, as Whisper's authors do for word times (openai/whisper, 2023); the path:
H. Sakoe, S. Chiba: Dynamic programming algorithm optimization for spoken word recognition, IEEE TASSP 26(1), 1978.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

_WIDTH = 7
"""Steps of sound over which attention is smoothed by its median."""


def token_starts(attention: torch.Tensor) -> NDArray[np.int_]:
    """Return the step of sound at which each token begins, never before that of the token before.

    Args:
        attention: ``(heads, tokens, steps)``, at least one of each.
    """
    spread = attention.std(dim=1, keepdim=True, unbiased=False).clamp_min(1e-8)
    even = (attention - attention.mean(dim=1, keepdim=True)) / spread
    return warped(-_smooth(even).mean(0).double().numpy())


def warped(cost: NDArray[np.floating[Any]]) -> NDArray[np.int_]:
    """Return the first column that the cheapest way from corner to corner of ``cost (rows, columns)`` has in each row.

    It goes on by a row, a column, or both. Each row is one running minimum: a way that enters the row at column k and
    leaves it at j costs what it did above k, and the row's sum from k to j.
    """
    rows, columns = cost.shape
    total = np.full((rows + 1, columns + 1), np.inf)
    total[0, 0] = 0.0
    for row in range(rows):
        sums = np.concatenate([[0.0], np.cumsum(cost[row])])
        entered = np.minimum(total[row, 1:], total[row, :-1]) - sums[:-1]
        total[row + 1, 1:] = np.minimum.accumulate(entered) + sums[1:]
    first = np.zeros(rows, np.int_)
    row, column = rows, columns
    while row > 0:
        first[row - 1] = column - 1
        ways = (total[row - 1, column - 1], total[row - 1, column], total[row, column - 1])
        best = int(np.argmin(ways))
        row, column = (row - 1 if best < 2 else row), (column - 1 if best != 1 else column)
    return first


def _smooth(values: torch.Tensor) -> torch.Tensor:
    """Return the running median along the last dimension; ends are mirrored, and what is too short is left alone."""
    side = _WIDTH // 2
    if values.shape[-1] <= side:
        return values
    padded = torch.nn.functional.pad(values, (side, side), mode="reflect")
    return padded.unfold(-1, _WIDTH, 1).median(-1).values
