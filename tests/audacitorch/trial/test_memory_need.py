from __future__ import annotations

import pytest

from app.audacitorch.torchscript import script
from app.audacitorch.trial.memory_need import MEMORY_BUDGET, MemoryNeed, longest_chunk, memory_need
from app.audacitorch.trial.timed_run import Trial
from tests.audacitorch.models import RATE
from tests.audacitorch.networks import Mono, Tremolo

LENGTHS = (60.0, 30.0, 10.0, 5.0)


class Fake:
    rate = RATE

    def __init__(self, linear: float, square: float) -> None:
        self.linear, self.square = linear, square

    def memory(self, length: int) -> int:
        return int(self.linear * length + self.square * length**2)


@pytest.mark.parametrize(
    "linear, square, seconds",
    [
        (0.0, 0.0, 60),
        (MEMORY_BUDGET / (30 * RATE), 0.0, 30),
        (0.0, MEMORY_BUDGET / (29 * RATE) ** 2, 10),
        (0.0, MEMORY_BUDGET, 5),
    ],
)
def test_the_longest_chunk_is_what_the_memory_allows(linear, square, seconds):
    assert longest_chunk(memory_need(Fake(linear, square), 2.5), 2.5, LENGTHS, RATE) == seconds * RATE


def test_a_model_that_wants_more_than_the_longest_chunk_gets_twice_that():
    assert longest_chunk(MemoryNeed(1.0, 0.0), 90.0, LENGTHS, RATE) == 180 * RATE


@pytest.mark.parametrize("linear, square", [(100.0, 0.0), (0.0, 0.5), (64.0, 1e-3), (1e9, 1e9)])
def test_the_longest_input_fits_and_no_longer_one_does(linear, square):
    need = MemoryNeed(linear, square)
    longest = need.longest()
    assert need.fits(longest) and not need.fits(longest + 2)


def test_a_model_that_needs_nothing_may_have_anything():
    assert MemoryNeed(0.0, 0.0).longest() >= 2**30


def test_memory_is_counted_to_the_byte():
    trial = Trial(script(Mono(Tremolo()).eval()), 1, RATE, 60)
    first = trial.memory(20_000)
    assert first == trial.memory(20_000)
    assert 3 * 4 * 20_000 <= first <= 8 * 4 * 20_000
