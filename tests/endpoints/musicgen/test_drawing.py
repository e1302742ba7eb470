"""How tokens are drawn."""

from __future__ import annotations

import torch

from endpoints.musicgen.drawing import Drawing, draw

SCORES = torch.tensor([[0.0, 1.0, 2.0, 3.0], [5.0, 0.0, 0.0, 4.0]])


def drawn(how: Drawing, times: int) -> torch.Tensor:
    random = torch.Generator().manual_seed(1)
    return torch.stack([draw(SCORES, how, random) for _ in range(times)])


def test_the_likeliest_alone_is_no_lot() -> None:
    assert drawn(Drawing(1.0, 1.0, 1), 20).unique(dim=0).tolist() == [[3, 0]]


def test_only_so_many_of_the_likeliest_are_drawn() -> None:
    found = drawn(Drawing(1.0, 1.0, 2), 400)
    assert set(found[:, 0].tolist()) == {2, 3} and set(found[:, 1].tolist()) == {0, 3}


def test_chances_are_those_of_the_scores() -> None:
    found = drawn(Drawing(1.0, 1.0, 4), 4000)[:, 0]
    shares = torch.bincount(found, minlength=4) / len(found)
    assert (shares - SCORES[0].softmax(0)).abs().max() < 0.03
    tame = drawn(Drawing(1.0, 0.2, 4), 400)[:, 0]
    assert (tame == 3).float().mean() > 0.97


def test_a_seed_draws_the_same_again_and_more_than_there_are_means_all() -> None:
    assert torch.equal(drawn(Drawing(1.0, 1.0, 250), 30), drawn(Drawing(1.0, 1.0, 4), 30))
