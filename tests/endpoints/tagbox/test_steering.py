"""The loop brings out what a tagger was asked for, keeps the best that it saw, and ends when it is told to."""

from __future__ import annotations

import pytest
import torch

from endpoints.tagbox.aim import Aim
from endpoints.tagbox.latents.components import Components
from endpoints.tagbox.masking import masked, window_sizes
from endpoints.tagbox.steering import Steering, steer
from tests.endpoints.tagbox.toys import ToneTagger, ratio, tones


@pytest.mark.parametrize("tag", ["low", "high"])
@pytest.mark.parametrize("without", [False, True])
def test_a_tone_that_was_asked_for_comes_out_and_the_other_stays(tag: str, without: bool) -> None:
    low, high = tones(1.5)
    mixture, (wanted, other) = low + high, (low, high) if tag == "low" else (high, low)
    parts = Components(mixture[None], 16000, 1, None, lambda: None)
    steered = steer(parts, Aim((tag,), without), [ToneTagger()], Steering(steps=60), lambda *_: None)
    brought = masked(parts.estimate(), mixture[None], window_sizes(16000))[0]
    assert ratio(wanted, brought) > ratio(wanted, mixture) + 10
    assert ratio(other, mixture - brought) > ratio(other, mixture) + 10
    assert steered.before < 0.5 < steered.kept and max(steered.course) - steered.kept < 0.02


def test_it_ends_when_nothing_gets_better_and_what_was_best_stands() -> None:
    low, high = tones(0.5)
    parts = Components((low + high)[None], 16000, 1, None, lambda: None)
    told: list[int] = []
    steered = steer(parts, Aim(("low",)), [_Bored()], Steering(steps=200), lambda step, _: told.append(step))
    assert steered.steps == 20 and told == list(range(20)), "the first look is the best, and two more are waited for"
    assert steered.course == (0.5, 0.5, 0.5) and steered.kept == 0.5
    assert float((parts.gates - 0.5).abs().max()) < 1e-6, "the gates are those of the first look"


def test_a_seed_gives_the_same_again_and_another_one_something_else() -> None:
    low, high = tones(0.5)
    gates = []
    for seed in (1, 1, 2):
        parts = Components((low + high)[None], 16000, 1, None, lambda: None)
        steer(parts, Aim(("low",)), [ToneTagger()], Steering(steps=10, seed=seed), lambda *_: None)
        gates.append(parts.gates)
    assert torch.equal(gates[0], gates[1]) and not torch.equal(gates[0], gates[2])


def test_what_the_listener_of_its_progress_raises_ends_it() -> None:
    low, high = tones(0.5)
    parts = Components((low + high)[None], 16000, 1, None, lambda: None)

    def end(step: int, heard: float) -> None:
        assert 0 <= heard <= 1
        if step == 3:
            raise InterruptedError

    with pytest.raises(InterruptedError):
        steer(parts, Aim(("low",)), [ToneTagger()], Steering(steps=50), end)


class _Bored(ToneTagger):
    """Thinks the same of everything."""

    def opinion(self, sound: torch.Tensor) -> torch.Tensor:
        return torch.full((3,), 0.5)
