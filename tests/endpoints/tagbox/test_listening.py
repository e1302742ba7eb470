"""Parts that a tagger hears one by one: what it names opens, and the rest closes."""

from __future__ import annotations

import pytest
import torch

from endpoints.tagbox.aim import Aim
from endpoints.tagbox.listening import WIDEST, division, first_gates, loudest
from tests.endpoints.tagbox.toys import ToneTagger, tones


def test_a_part_that_is_named_opens_and_one_that_is_not_closes() -> None:
    low, high = tones(1.0)
    parts = torch.stack([low, high, 0.3 * low, low + 0.1 * high, 0 * low])
    gates = first_gates(parts, Aim(("low",)), [ToneTagger()], lambda: None)
    assert gates.shape == (5,) and float(gates.abs().max()) <= WIDEST
    assert (gates[[0, 2, 3]] > 1).all() and gates[1] < -1 and torch.isfinite(gates).all()
    assert torch.equal(first_gates(parts, Aim(("high",)), [ToneTagger()], lambda: None)[:2] > 0, gates[:2] < 0)


def test_parts_of_which_none_differs_stand_in_the_middle() -> None:
    low, _ = tones(0.5)
    gates = first_gates(torch.stack([low, low, low]), Aim(("low",)), [ToneTagger()], lambda: None)
    assert float(gates.abs().max()) < 0.1


def test_values_are_divided_where_both_sides_are_most_alike_within() -> None:
    values = torch.tensor([0.1, 5.0, 0.2, 5.2, 4.9])
    assert float(division(values, torch.ones(5))) == pytest.approx(2.55)
    light = torch.tensor([1.0, 0.01, 1.0, 0.01, 0.01])
    assert float(division(values, light)) == pytest.approx(2.55)
    lonely = torch.tensor([1.0, 1e-6, 1.0, 1e-6, 1e-6])
    assert float(division(values, lonely)) == pytest.approx(0.15), "what is next to nothing does not count"


def test_the_loudest_three_seconds_are_found() -> None:
    sound = torch.full((16000 * 8,), 0.01)
    sound[16000 * 4 : 16000 * 6] = 1.0
    assert 16000 * 3 <= loudest(sound) <= 16000 * 4 and loudest(sound[:5000]) == 0


def test_it_ends_when_it_is_told_to() -> None:
    def end() -> None:
        raise InterruptedError

    with pytest.raises(InterruptedError):
        first_gates(torch.ones(2, 1000), Aim(("low",)), [ToneTagger()], end)
