from __future__ import annotations

import time

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn import functional

from app.audacitorch.inference.chunks import effect_plan
from app.audacitorch.profile import Calibration
from app.audacitorch.torchscript import script
from app.audacitorch.trial.calibration import (
    AGREEMENT,
    OutputLength,
    calibrate,
    chunked,
    output_length,
)
from app.audacitorch.trial.dependence import agreement
from app.audacitorch.trial.memory_need import MEMORY_BUDGET
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
LONG = ("forgetful", "strided", "strided by ten", "causal", "forgetful both ways")


@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=pytest.mark.slow) if name in LONG else name for name in BOUNDED]
)
def test_chunks_of_a_model_with_bounded_context_give_what_the_whole_gives(name):
    torch.manual_seed(1)
    model = scripted(BOUNDED[name]())
    found = calibrate(model, 1, RATE, 2.5)
    assert found.bounded
    trial = Trial(model, 1, RATE, 60)
    trial.take_back(found.moved)
    for samples in (found.chunk + 1, 2 * found.chunk + 4321, 3 * found.chunk - 1):
        x = np.random.default_rng(samples).uniform(-0.5, 0.5, (1, samples)).astype(np.float32)
        plan = effect_plan(samples, RATE, found, 2.5)
        assert plan.chunk <= found.chunk
        assert agreement(trial.run(x), chunked(trial.run, x, plan)) > AGREEMENT


@pytest.mark.parametrize(
    "network, before, after, stride",
    [
        (lambda: Convolution(300, 20), (300, 300), (20, 20), 1),
        (lambda: Convolution(0, 777), (0, 0), (777, 777), 1),
        (lambda: Masking(16, dilations=4), (100, 300), (100, 300), 8),
        (lambda: SpectralGate(512, 128), (512, 1400), (512, 1400), 128),
        (lambda: SpectralGate(600, 150), (600, 1600), (600, 1600), 150),
        (Decimated, (7, 14), (0, 7), 7),
        (Late, (0, 0), (0, 0), 1),
    ],
)
def test_context_and_stride_are_those_that_the_model_has(network, before, after, stride):
    torch.manual_seed(2)
    found = calibrated(network())
    assert before[0] <= found.before <= before[1]
    assert after[0] <= found.after <= after[1]
    assert found.stride == stride


@pytest.mark.parametrize(
    "network, depends, match_levels, by_level",
    [
        (PeakNormalised, "everything", True, True),
        (LoudnessNormalised, "everything", True, True),
        (Standardised, "everything", False, True),
        (lambda: Masking(16, normalised=True), "everything", False, False),
        (lambda: Recurrent(remembering=True), "everything", False, False),
        (Tremolo, "position", False, False),
        (Noisy, "chance", False, False),
    ],
)
def test_models_that_depend_on_more_than_a_context_are_told_apart(network, depends, match_levels, by_level):
    torch.manual_seed(3)
    found = calibrated(network())
    assert (found.depends, found.match_levels, found.by_level) == (depends, match_levels, by_level)
    assert not found.bounded
    assert 5 * RATE <= found.chunk <= 60 * RATE
    # A simple model bears about an hour within the budget, as far as a look at a busy machine's memory tells; what is
    # given as a whole never needs more than that.
    assert 20 * 60 * RATE < found.whole <= 3600 * RATE


def test_a_region_beyond_the_budget_is_not_given_as_a_whole():
    class Greedy(nn.Module):
        """As much memory for each pair of samples as attention over frames of 8 ms needs."""

        def forward(self, x: torch.Tensor) -> torch.Tensor:
            frames = functional.pad(x, [0, -x.shape[-1] % 64]).reshape(x.shape[0], -1, 64)
            weights = torch.softmax(frames @ frames.transpose(1, 2), dim=2)
            return (weights @ frames).reshape(x.shape[0], 1, -1)[:, :, : x.shape[-1]]

    found = calibrated(Greedy())
    assert found.depends != "context"
    # Two matrices of frames by frames, 4 bytes each: 2 * 4 * (n / 64)² = 2**30.
    assert found.whole == pytest.approx(64 * (MEMORY_BUDGET / 8) ** 0.5, rel=0.15)


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


def test_made_up_sound_is_the_same_for_the_same_seed():
    assert np.array_equal(made_up_sound(2, 9000, RATE, 1), made_up_sound(2, 9000, RATE, 1))
    assert not np.array_equal(made_up_sound(2, 9000, RATE, 1), made_up_sound(2, 9000, RATE, 2))
    assert 0.3 < np.abs(made_up_sound(1, 20_000, RATE, 0)).max() < 0.95
