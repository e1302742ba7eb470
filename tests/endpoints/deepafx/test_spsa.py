from __future__ import annotations

import numpy as np
import pytest
import torch

from endpoints.deepafx.chain import Chain
from endpoints.deepafx.encoder import RATE
from endpoints.deepafx.loss import losses
from endpoints.deepafx.spsa import Bank
from tests.endpoints.deepafx.toys import chain, music

PLAN = chain()
TURNS = PLAN.turns({"compressor/input": 6, "compressor/threshold": -30, "compressor/ratio": 4, "compressor/output": 3})


def batch(items: int, samples: int) -> tuple[torch.Tensor, torch.Tensor]:
    sound = torch.from_numpy(np.stack([music(seed, 1)[:samples] for seed in range(items)]))[:, None]
    return sound, 0.6 * torch.roll(sound, 3, -1)


def exact_gradient(sound: torch.Tensor, target: torch.Tensor) -> torch.Tensor:
    turns = torch.from_numpy(TURNS).expand(len(sound), -1).clone().requires_grad_()
    losses(Chain(PLAN, RATE, 1).render(sound, turns), target).sum().backward()
    assert turns.grad is not None
    return turns.grad


def estimate(bank: Bank, sound: torch.Tensor, target: torch.Tensor, seed: int) -> torch.Tensor:
    bank.reset()
    turns = torch.from_numpy(TURNS).expand(len(sound), -1).clone().requires_grad_()
    losses(bank.render(sound, turns, np.random.default_rng(seed)), target).sum().backward()
    assert turns.grad is not None
    return turns.grad


def test_the_mean_of_many_draws_is_the_exact_gradient() -> None:
    sound, target = batch(1, 1024)
    true = exact_gradient(sound, target)[0]
    bank = Bank(PLAN, RATE, 1, 1)
    draws = torch.stack([estimate(bank, sound, target, seed)[0] for seed in range(200)])
    mean = draws.mean(0)
    assert torch.nn.functional.cosine_similarity(mean, true, dim=0) >= 0.9
    # Unbiased: each knob's mean is as near to the truth as 200 draws allow, and as ε bends it.
    error = draws.std(0) / np.sqrt(200)
    assert ((mean - true).abs() < 4 * error + 0.03 * true.norm()).all(), (mean, true, error)


def test_finite_differences_are_the_exact_gradient() -> None:
    sound, target = batch(2, 1024)
    found = estimate(Bank(PLAN, RATE, 1, 2, "differences", 1e-3), sound, target, 0)
    true = exact_gradient(sound, target)
    assert torch.nn.functional.cosine_similarity(found, true, dim=1).min() > 0.999
    assert (found - true).norm() < 0.03 * true.norm()


def test_what_is_heard_is_the_chain_and_each_item_goes_on_by_itself() -> None:
    sound, _ = batch(2, 2048)
    turns = torch.from_numpy(np.stack([TURNS, PLAN.defaults]))
    bank = Bank(PLAN, RATE, 1, 2)
    rng = np.random.default_rng(0)
    halves = [bank.render(part, turns, rng) for part in sound.split(1024, dim=-1)]
    whole = Chain(PLAN, RATE, 1).render(sound, turns)
    assert (torch.cat(halves, -1) - whole).abs().max() < 1e-6
    bank.reset()
    assert torch.equal(bank.listen(sound[..., :1024], turns), halves[0])


@pytest.mark.parametrize("method", ["spsa", "differences"])
def test_at_the_end_of_a_range_the_gradient_still_points_the_right_way(method: str) -> None:
    plan = chain({"uri": "harpist:compressor", "learn": ["output"]})
    sound, _ = batch(1, 1024)
    bank = Bank(plan, RATE, 1, 1, method)  # type: ignore[arg-type]
    for end, sign in ((0.0, -1), (1.0, 1)):
        turns = torch.full((1, 1), end, requires_grad=True)
        out = bank.render(sound, turns, np.random.default_rng(1))
        ((out - sound) ** 2).mean().backward()
        assert turns.grad is not None and torch.sign(turns.grad).item() == sign
