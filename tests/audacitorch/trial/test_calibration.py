from __future__ import annotations

import time

import numpy as np
import pytest
import torch
from torch import nn

from app.audacitorch.inference.chunks import effect_plan
from app.audacitorch.profile import Calibration
from app.audacitorch.torchscript import script
from app.audacitorch.trial.calibration import (
    AGREEMENT,
    MEMORY_BUDGET,
    OutputLength,
    calibrate,
    chunked,
    longest_chunk,
    output_length,
)
from app.audacitorch.trial.dependence import agreement
from app.audacitorch.trial.timed_run import Trial, made_up_sound
from tests.audacitorch.models import RATE, Failing, Longer
from tests.audacitorch.networks import (
    Convolution,
    Decimated,
    Late,
    LoudnessNormalised,
    Masking,
    Mono,
    Noisy,
    PeakNormalised,
    Recurrent,
    Slow,
    SpectralGate,
    Standardised,
    Tremolo,
    Unpadded,
)


def scripted(network: nn.Module) -> torch.jit.ScriptModule:
    return script(Mono(network).eval())


def calibrated(network: nn.Module, **options: float) -> Calibration:
    return calibrate(scripted(network), 1, RATE, 2.5, **options)


BOUNDED = {
    "identity": nn.Identity,
    "convolution": lambda: Convolution(300, 20),
    "causal": lambda: Convolution(4000, 0),
    "strided": lambda: Masking(16),
    "strided by ten": lambda: Masking(20, 7),
    "spectral": lambda: SpectralGate(512, 128),
    "spectral, odd hop": lambda: SpectralGate(600, 150),
    "forgetful": Recurrent,
    "forgetful both ways": lambda: Recurrent(both_ways=True),
    "decimated": Decimated,
    "late": Late,
    "unpadded": lambda: Unpadded(101),
}


@pytest.mark.parametrize("name", BOUNDED)
def test_chunks_of_a_model_with_bounded_context_give_what_the_whole_gives(name):
    torch.manual_seed(1)
    model = scripted(BOUNDED[name]())
    found = calibrate(model, 1, RATE, 2.5)
    assert found.bounded
    trial = Trial(model, 1, RATE, 60)
    for samples in (found.chunk + 1, 2 * found.chunk + 4321, 3 * found.chunk - 1):
        x = np.random.default_rng(samples).uniform(-0.5, 0.5, (1, samples)).astype(np.float32)
        plan = effect_plan(samples, RATE, found, 2.5)
        assert plan.chunk <= found.chunk
        assert agreement(trial.run(x), chunked(trial, x, plan)) > AGREEMENT


@pytest.mark.parametrize(
    "network, before, after, stride",
    [
        (lambda: Convolution(300, 20), (300, 300), (20, 20), 1),
        (lambda: Convolution(0, 777), (0, 0), (777, 777), 1),
        (lambda: Masking(16, dilations=4), (100, 300), (100, 300), 8),
        (lambda: SpectralGate(512, 128), (512, 1400), (512, 1400), 128),
        (lambda: SpectralGate(600, 150), (600, 1600), (600, 1600), 150),
        (Decimated, (7, 14), (0, 7), 7),
        (Late, (37, 37), (0, 0), 1),
    ],
)
def test_context_and_stride_are_those_that_the_model_has(network, before, after, stride):
    torch.manual_seed(2)
    found = calibrated(network())
    assert before[0] <= found.before <= before[1]
    assert after[0] <= found.after <= after[1]
    assert found.stride == stride


@pytest.mark.parametrize(
    "network, depends, match_levels",
    [
        (PeakNormalised, "everything", True),
        (LoudnessNormalised, "everything", True),
        (Standardised, "everything", False),
        (lambda: Masking(16, normalised=True), "everything", False),
        (lambda: Recurrent(remembering=True), "everything", False),
        (Tremolo, "position", False),
        (Noisy, "chance", False),
    ],
)
def test_models_that_depend_on_more_than_a_context_are_told_apart(network, depends, match_levels):
    torch.manual_seed(3)
    found = calibrated(network())
    assert (found.depends, found.match_levels) == (depends, match_levels)
    assert not found.bounded
    assert 5 * RATE <= found.chunk <= 60 * RATE


@pytest.mark.parametrize(
    "network, expected",
    [
        (nn.Identity, OutputLength("same")),
        (lambda: Unpadded(101), OutputLength("constant", fewer=100)),
        (lambda: Masking(16), OutputLength("multiple", multiple=8)),
        (lambda: Masking(20), OutputLength("multiple", multiple=10)),
        (Decimated, OutputLength("same")),
    ],
)
def test_the_outputs_length_is_understood(network, expected):
    assert output_length(Trial(scripted(network()), 1, RATE, 60), 20_000) == expected


def test_a_longer_output_is_fewer_by_less_than_nothing():
    model = script(Longer(64))
    assert output_length(Trial(model, 1, RATE, 60), 20_000) == OutputLength("constant", fewer=-64)


def test_a_delay_is_found_and_not_imagined():
    assert calibrated(Late()).delay == 37
    assert calibrated(nn.Identity()).delay == 0
    assert calibrated(Standardised()).delay == 0


def test_all_but_the_fastest_chunk_is_the_same_every_time():
    def known(found: Calibration) -> tuple[object, ...]:
        return tuple(value for name, value in vars(found).items() if name != "chunk" or not found.bounded)

    torch.manual_seed(4)
    for network in (Masking(16), Masking(16, normalised=True), PeakNormalised()):
        model = scripted(network)
        assert known(calibrate(model, 1, RATE, 2.5)) == known(calibrate(model, 1, RATE, 2.5))


def test_a_model_that_is_slow_or_fails_gets_the_plan_of_one_never_tried():
    begin = time.process_time()
    assert calibrated(Slow(), limit=0.2) == Calibration("unknown", 80_000)
    assert time.process_time() - begin < 5
    assert calibrate(script(Failing(nn.Identity())), 1, RATE, 2.5) == Calibration("unknown", 80_000)
    assert calibrated(nn.Identity(), limit=0.0).depends == "unknown"


def test_the_longest_chunk_is_what_the_memory_allows():
    class Fake:
        rate = RATE
        linear, square = 0.0, 0.0

        def memory(self, length: int) -> int:
            return int(self.linear * length + self.square * length**2)

    trial = Fake()
    lengths = (60.0, 30.0, 10.0, 5.0)
    assert longest_chunk(trial, 2.5, lengths) == 60 * RATE
    trial.linear = MEMORY_BUDGET / (30 * RATE)
    assert longest_chunk(trial, 2.5, lengths) == 30 * RATE
    trial.linear, trial.square = 0.0, MEMORY_BUDGET / (29 * RATE) ** 2
    assert longest_chunk(trial, 2.5, lengths) == 10 * RATE
    trial.square = MEMORY_BUDGET
    assert longest_chunk(trial, 2.5, lengths) == 5 * RATE


def test_memory_is_counted_to_the_byte():
    trial = Trial(scripted(Tremolo()), 1, RATE, 60)
    first = trial.memory(20_000)
    assert first == trial.memory(20_000)
    assert 3 * 4 * 20_000 <= first <= 8 * 4 * 20_000


def test_made_up_sound_is_the_same_for_the_same_seed():
    assert np.array_equal(made_up_sound(2, 9000, RATE, 1), made_up_sound(2, 9000, RATE, 1))
    assert not np.array_equal(made_up_sound(2, 9000, RATE, 1), made_up_sound(2, 9000, RATE, 2))
    assert 0.3 < np.abs(made_up_sound(1, 20_000, RATE, 0)).max() < 0.95
