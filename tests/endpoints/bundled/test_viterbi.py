from __future__ import annotations

from itertools import pairwise, product

import pytest
import torch

from endpoints.bundled.viterbi import viterbi


@pytest.mark.parametrize("seed", range(5))
def test_no_path_is_more_likely(seed: int) -> None:
    generator = torch.Generator().manual_seed(seed)
    likelihood = torch.randn(6, 3, generator=generator)
    transition = torch.randn(3, 3, generator=generator)

    def score(path: tuple[int, ...]) -> float:
        heard = sum(likelihood[i, state].item() for i, state in enumerate(path))
        return heard + sum(transition[one, other].item() for one, other in pairwise(path))

    best = max(product(range(3), repeat=6), key=score)
    assert tuple(viterbi(likelihood, transition).tolist()) == best


def test_few_frames() -> None:
    transition = torch.zeros(3, 3)
    assert viterbi(torch.zeros(0, 3), transition).shape == (0,)
    assert viterbi(torch.tensor([[0.0, 2.0, 1.0]]), transition).tolist() == [1]


def test_a_long_sound_is_as_exact_as_a_short_one() -> None:
    likelihood = torch.tensor([[0.0, 1e-3], [1e-3, 0.0]]).repeat(10_000, 1) - 50.0
    assert viterbi(likelihood, torch.zeros(2, 2)).tolist() == [1, 0] * 10_000
