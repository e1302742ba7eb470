"""The median of every window of a fixed odd length, by a sorting network over shifted copies.

Shifted copies need only element-wise minima and maxima, which is several times faster than selecting in each window by
itself. The network is Batcher's merge exchange (Knuth, "The Art of Computer Programming" 3, 5.2.2 M), without the
comparisons that the middle does not depend on.
"""

from __future__ import annotations

import torch
from torch import nn
from torch.nn import functional


def median_network(size: int) -> list[tuple[int, int]]:
    """Return the comparisons that move the median of ``size`` values to the middle place.

    >>> median_network(3)
    [(0, 2), (0, 1), (1, 2)]
    """
    pairs: list[tuple[int, int]] = []
    top = 1 << ((size - 1).bit_length() - 1)
    p = top
    while p > 0:
        q, r, d = top, 0, p
        while True:
            pairs += [(i, i + d) for i in range(size - d) if i & p == r]
            if q == p:
                break
            d, q, r = q - p, q >> 1, p
        p >>= 1
    needed = {size // 2}
    kept: list[tuple[int, int]] = []
    for low, high in reversed(pairs):
        if low in needed or high in needed:
            needed |= {low, high}
            kept.append((low, high))
    return kept[::-1]


class SlidingMedian(nn.Module):
    """Median filter along the last dimension.

    Args:
        size: length of the window, odd and above 1.
        ends: what lies beyond them: ``"replicate"``, the last value again; ``"constant"``, zeros.
    """

    def __init__(self, size: int, ends: str = "replicate") -> None:
        super().__init__()
        assert size % 2 == 1 and size > 1, f"a median window is odd and above 1, not {size}"
        self.size = size
        self.ends = ends
        self.comparisons = median_network(size)
        self.rows_at_once = 16  # few enough to stay in the processor's cache; bounds the memory too

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Map ``(rows, length)`` to the same shape."""
        length = x.shape[1]
        half = self.size // 2
        padded = functional.pad(x.unsqueeze(0), (half, half), mode=self.ends)[0]
        result = torch.empty_like(x)
        for first in range(0, x.shape[0], self.rows_at_once):
            block = padded[first : first + self.rows_at_once]
            places = [block[:, i : i + length] for i in range(self.size)]
            for low, high in self.comparisons:
                smaller = torch.minimum(places[low], places[high])
                places[high] = torch.maximum(places[low], places[high])
                places[low] = smaller
            result[first : first + self.rows_at_once] = places[half]
        return result
