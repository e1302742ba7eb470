"""All tokens of a long sound: windows that hear each other, passes, the fine network after the coarse one."""

from __future__ import annotations

from collections.abc import Callable

import torch

from endpoints.vampnet.filling import Networks, Wanted, fill_all, stretched, windows
from endpoints.vampnet.predicting import Layout
from endpoints.vampnet.sampling import Sampling

RATE = 10.0
"""Steps of a second: a window has 100 of them, or 30."""


class Listens:
    """Likes value 1; remembers what it heard."""

    def __init__(self, books: int, given: int) -> None:
        self.layout = Layout(books, given, 4, 8, 1, 1)
        self.heard: list[torch.Tensor] = []

    def logits(self, tokens: torch.Tensor, still: Callable[[], None]) -> torch.Tensor:
        self.heard.append(tokens.clone())
        still()
        return torch.tensor([0.0, 9.0, 0.0, 0.0]).repeat(tokens.shape[1], self.layout.predicted, 1)


def run(
    mask: torch.Tensor, *, passes: int = 1, inside: torch.Tensor | None = None
) -> tuple[torch.Tensor, Listens, Listens, list[float]]:
    coarse, fine, told = Listens(2, 0), Listens(5, 2), list[float]()
    tokens = torch.full(mask.shape, 3)
    within = torch.ones(mask.shape[1], dtype=torch.bool) if inside is None else inside
    wanted = Wanted(mask, within, Sampling(rounds=2, until=-1.0), passes)
    found = fill_all(
        Networks(coarse, fine, RATE), tokens, wanted, torch.Generator(), lambda share, _: told.append(share)
    )
    return found, coarse, fine, told


def test_nothing_is_left_out_and_each_window_hears_the_one_before() -> None:
    found, coarse, fine, told = run(torch.ones(5, 250, dtype=torch.bool))
    assert (found == 1).all()
    assert [heard.shape[1] for heard in coarse.heard] == [100] * 6 and {heard.shape[1] for heard in fine.heard} == {30}
    # The second window begins with two seconds that the first one made.
    assert (coarse.heard[2][:, :20] == 1).all() and (coarse.heard[2][:, 20:] == 4).all()
    assert (fine.heard[-1][:2] == 1).all()
    assert told == sorted(told) and told[-1] == 1.0


def test_what_is_kept_stays() -> None:
    mask = torch.ones(5, 130, dtype=torch.bool)
    mask[:3, ::7] = False
    found, *_ = run(mask)
    kept = ~mask
    kept[:2, [0, -1]] = True
    assert (found[kept] == 3).all() and (found[~kept] == 1).all(), "the ends too, by the coarse network"


def test_a_later_pass_keeps_the_steps_behind() -> None:
    mask = torch.ones(5, 50, dtype=torch.bool)
    mask[:2, ::10] = False
    found, coarse, *_ = run(mask, passes=3)
    first, last = coarse.heard[0], coarse.heard[4]
    assert (first[:, 10] == 3).all() and (first[:, 12] == 4).all()
    assert (last[:, 12] == 1).all() and (last[:, 10] == 4).all()
    assert (found[:2, 10] == 1).all(), "nothing of the music is left there"


def test_what_lies_outside_is_kept_in_every_pass() -> None:
    inside = torch.zeros(80, dtype=torch.bool)
    inside[30:60] = True
    mask = inside.expand(5, -1).clone()
    found, *_ = run(mask, passes=4, inside=inside)
    assert (found[:, ~inside] == 3).all() and (found[:, 40:60] == 1).all()


def test_between_two_steps_there_are_others() -> None:
    tokens, mask = stretched(torch.tensor([[1, 2]]), torch.tensor([[False, True]]), 3)
    assert tokens.tolist() == [[1, 1, 1, 2, 2, 2]] and mask.int().tolist() == [[0, 1, 1, 1, 1, 1]]


def test_windows_of_every_length() -> None:
    for total in range(1, 60):
        found = list(windows(total, 10, 3))
        steps = [step for _, start, end in found for step in range(start, end)]
        assert steps == list(range(total))
        assert all(end - first == min(10, total) and (start - first >= 3 or start == 0) for first, start, end in found)
