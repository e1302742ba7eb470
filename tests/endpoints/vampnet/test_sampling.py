"""How tokens are drawn, with a network that says what it is told to."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch

from app.errors import JobCancelledError
from endpoints.vampnet.predicting import Layout
from endpoints.vampnet.sampling import Sampling, fill_in, nucleus, typical


class Says:
    """Finds the same values likely everywhere; remembers what it heard."""

    def __init__(self, *logits: float, books: int = 2, given: int = 0) -> None:
        self.layout = Layout(books, given, len(logits), 8, 1, 1)
        self._logits = torch.tensor(logits)
        self.heard: list[torch.Tensor] = []

    def logits(self, tokens: torch.Tensor, still: Callable[[], None]) -> torch.Tensor:
        still()
        self.heard.append(tokens.clone())
        return self._logits.repeat(tokens.shape[1], self.layout.predicted, 1)


def filled(network: Says, tokens: torch.Tensor, mask: torch.Tensor, how: Sampling, seed: int = 1) -> torch.Tensor:
    return fill_in(network, tokens, mask, how, torch.Generator().manual_seed(seed), lambda _: None)


def everything(books: int = 2, steps: int = 200) -> tuple[torch.Tensor, torch.Tensor]:
    return torch.full((books, steps), 3), torch.ones(books, steps, dtype=torch.bool)


def test_what_is_given_stays_and_is_heard() -> None:
    network, (tokens, mask) = Says(5.0, 0.0, 0.0, 0.0, given=1), everything()
    mask[0], mask[1, ::2] = False, False
    made = filled(network, tokens, mask, Sampling(rounds=4, until=-1.0))
    assert (made[0] == 3).all() and (made[1, ::2] == 3).all() and (made[1, 1::2] == 0).all()
    assert (network.heard[0][0] == 3).all() and (network.heard[0][1, 1::2] == network.layout.masked).all()


def test_each_round_leaves_fewer_to_be_guessed() -> None:
    network = Says(1.0, 0.0, 0.0, 0.0)
    filled(network, *everything(), Sampling(rounds=6))
    counts = [int((heard == network.layout.masked).sum()) for heard in network.heard]
    # Half of 400 are 199 in 32 bits, as in the authors' program.
    assert counts == [400, 386, 346, 282, 199, 103]


def test_nothing_to_fill_in_asks_nobody() -> None:
    network, (tokens, mask) = Says(1.0, 0.0), everything()
    assert torch.equal(filled(network, tokens, ~mask, Sampling()), tokens) and not network.heard
    one = filled(network, tokens[:, :1], mask[:, :1], Sampling(rounds=5))
    assert one.shape == (2, 1) and int(one.max()) < 2


def test_lots_fall_as_likely_as_the_network_says_and_the_same_for_a_seed() -> None:
    odds = torch.tensor([0.5, 0.3, 0.15, 0.05])
    network = Says(*odds.log().tolist())
    made = filled(network, *everything(steps=4000), Sampling(rounds=1))
    shares = torch.bincount(made.flatten(), minlength=4) / made.numel()
    assert (shares - odds).abs().max() < 0.02
    assert torch.equal(made, filled(network, *everything(steps=4000), Sampling(rounds=1)))
    assert not torch.equal(made, filled(network, *everything(steps=4000), Sampling(rounds=1), seed=2))


def test_cold_and_narrow_draws() -> None:
    network = Says(2.0, 1.0, 0.0, -1.0)
    cold = filled(network, *everything(), Sampling(rounds=1, temperature=0.1))
    assert (cold == 0).float().mean() > 0.99
    narrow = filled(network, *everything(), Sampling(rounds=1, nucleus=0.7))
    assert set(narrow.flatten().tolist()) == {0, 1}
    usual = filled(network, *everything(), Sampling(rounds=1, typical=True, mass=0.1, least=1))
    assert len(set(usual.flatten().tolist())) == 1


def test_from_a_share_of_the_rounds_on_nothing_is_drawn() -> None:
    network = Says(0.1, 0.0, 0.0, 0.0)
    made = filled(network, *everything(), Sampling(rounds=10, until=0.5))
    # 0.7 of all are still to be guessed when the lots end.
    assert (made == 0).float().mean() > 0.6


def test_narrowing_keeps_what_it_must() -> None:
    even = torch.zeros(1, 8)
    assert torch.isfinite(nucleus(even, 1e-6)).sum() == 1 and torch.isfinite(typical(even, 1e-6, 3)).sum() == 3
    assert torch.isfinite(typical(even, 0.99, 300)).all()


def test_it_ends_in_the_middle_of_a_round() -> None:
    def told(done: int) -> None:
        if done == 2:
            raise JobCancelledError("The job was cancelled.")

    network = Says(1.0, 0.0)
    with pytest.raises(JobCancelledError):
        fill_in(network, *everything(), Sampling(rounds=9), torch.Generator(), told)
    assert len(network.heard) == 2
