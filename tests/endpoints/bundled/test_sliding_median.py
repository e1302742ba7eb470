"""The sorting network against torch's own median."""

from __future__ import annotations

import pytest
import torch

from endpoints.bundled.sliding_median import SlidingMedian


@pytest.mark.parametrize("size", [3, 5, 7, 9, 17, 31])
@pytest.mark.parametrize("shape", [(1, 1), (3, 2), (40, 100)])
def test_medians_are_exact(size: int, shape: tuple[int, int]) -> None:
    x = torch.rand(shape, generator=torch.Generator().manual_seed(size))
    x[x < 0.3] = 0.3  # equal values too
    ends = x[:, :1].expand(-1, size // 2), x[:, -1:].expand(-1, size // 2)
    wanted = torch.cat([ends[0], x, ends[1]], dim=1).unfold(1, size, 1).median(dim=-1).values
    assert torch.equal(SlidingMedian(size)(x), wanted)
    wanted = torch.nn.functional.pad(x, (size // 2, size // 2)).unfold(1, size, 1).median(dim=-1).values
    assert torch.equal(SlidingMedian(size, ends="constant")(x), wanted)


@pytest.mark.parametrize("size", [0, 1, 4])
def test_a_window_without_a_middle_or_neighbours_is_refused(size: int) -> None:
    with pytest.raises(AssertionError, match="odd"):
        SlidingMedian(size)
