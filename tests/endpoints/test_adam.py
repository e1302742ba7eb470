from __future__ import annotations

import torch
from torch import Tensor

from endpoints.adam import Adam

TARGETS = (torch.tensor([[3.0, -1.0], [0.5, 1e-3]]), torch.tensor([20.0]))


def start() -> list[Tensor]:
    return [torch.full_like(target, 0.25).requires_grad_() for target in TARGETS]


def run(optimiser: Adam | torch.optim.Adam, parameters: list[Tensor], steps: int) -> None:
    for _ in range(steps):
        optimiser.zero_grad()
        sum(((one - target) ** 2).sum() for one, target in zip(parameters, TARGETS)).backward()
        optimiser.step()


def same(ours: list[Tensor], theirs: list[Tensor]) -> bool:
    return all(torch.equal(*pair) for pair in zip(ours, theirs))


def test_it_is_torch_s_own_to_the_bit() -> None:
    ours, theirs = start(), start()
    run(Adam(ours, 3e-3), ours, 50)
    run(torch.optim.Adam(theirs, 3e-3), theirs, 50)
    assert same(ours, theirs) and not same(ours, start())


def test_it_goes_on_where_it_stood() -> None:
    whole, parts = start(), start()
    run(Adam(whole, 1e-2), whole, 7)
    first = Adam(parts, 1e-2)
    run(first, parts, 4)
    second = Adam(parts, 1.0)
    second.load_state_dict(first.state_dict())
    run(second, parts, 3)
    assert same(whole, parts)


def test_what_has_no_gradient_stays() -> None:
    parameters = start()
    optimiser = Adam(parameters, 0.1)
    parameters[0].sum().backward()
    optimiser.step()
    assert torch.equal(parameters[1], start()[1]) and not torch.equal(parameters[0], start()[0])
    optimiser.zero_grad()
    assert parameters[0].grad is None
