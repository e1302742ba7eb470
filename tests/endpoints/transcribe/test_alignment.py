"""When each token was said: against every way there is, the library's own, and attention whose times are known."""

from __future__ import annotations

from itertools import combinations_with_replacement

import numpy as np
import pytest
import torch

from endpoints.transcribe.alignment import token_starts, warped
from tests.endpoints.transcribe.tiny_whisper import needs_transformers


def cheapest_of_all(cost: np.ndarray) -> list[int]:
    """Return the first column of each row on the cheapest of all ways, each tried."""
    rows, columns = cost.shape
    best, found = np.inf, [0]
    for lasts in combinations_with_replacement(range(columns), rows - 1):
        for steps in np.ndindex(*(2,) * (rows - 1)):
            # A row begins where the one before ends, or a column behind that.
            firsts = [0, *(last + step for last, step in zip(lasts, steps))]
            ends = [*lasts, columns - 1]
            if any(first > end for first, end in zip(firsts, ends)):
                continue
            total = sum(cost[row, first : end + 1].sum() for row, (first, end) in enumerate(zip(firsts, ends)))
            if total < best:
                best, found = total, firsts
    return found


@pytest.mark.parametrize("shape", [(1, 1), (1, 6), (3, 3), (3, 7), (4, 6), (5, 2)])
def test_the_way_is_the_cheapest_of_all(shape: tuple[int, int]) -> None:
    random = np.random.default_rng(shape[0] * 10 + shape[1])
    for _ in range(10):
        cost = random.standard_normal(shape)
        assert warped(cost).tolist() == cheapest_of_all(cost)


def test_starts_are_those_of_the_library() -> None:
    needs_transformers()
    from transformers.models.whisper.generation_whisper import _dynamic_time_warping, _median_filter

    torch.manual_seed(3)
    for tokens, steps in ((2, 9), (11, 80), (40, 300)):
        attention = torch.rand(3, tokens, steps).softmax(-1)
        even = (attention - attention.mean(1, keepdim=True)) / attention.std(1, keepdim=True, unbiased=False)
        cost = -_median_filter(even[None], 7)[0].mean(0).double().numpy()
        texts, times = _dynamic_time_warping(cost)
        theirs = times[np.diff(texts, prepend=-1) > 0]
        assert np.array_equal(token_starts(attention), theirs)


def test_what_was_attended_to_one_after_the_other_has_its_times() -> None:
    begins, steps = [0, 20, 35, 70, 90], 120
    attention = torch.full((4, len(begins), steps), 1e-3)
    for row, (begin, end) in enumerate(zip(begins, [*begins[1:], steps])):
        attention[:, row, begin:end] = 1.0 / (end - begin)
    assert np.abs(token_starts(attention) - begins).max() <= 1
    assert token_starts(torch.ones(1, 1, 1)).tolist() == [0]
