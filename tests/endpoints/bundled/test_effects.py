"""What all bundled effects have in common."""

from __future__ import annotations

import time

import pytest
import torch

from endpoints.bundled import load
from tests.endpoints.bundled.exported import Effect, level, sdr

NAMES = ["harmonic_percussive", "centre_extraction", "noise_reduction"]
SEPARATORS = {"harmonic_percussive", "centre_extraction"}
WHOLE = {"noise_reduction"}


@pytest.fixture(scope="module", params=NAMES)
def effect(request: pytest.FixtureRequest) -> Effect:
    return Effect(request.param)


def noise(channels: int, samples: int, seed: int = 0) -> torch.Tensor:
    return torch.rand(channels, samples, generator=torch.Generator().manual_seed(seed)) * 2 - 1


def stems_of(effect: Effect, rows: torch.Tensor) -> torch.Tensor:
    """Sum of the stems, `(channels, samples)`."""
    return rows.view(-1, effect.channels, rows.shape[1]).sum(0)


@pytest.mark.parametrize("samples", [1, 2, 3, 5, 383, 384, 385, 1535, 1536, 1537, 4095, 4096, 4097, 12345, 100_000])
def test_any_length_comes_back_and_stems_sum_to_the_mix(effect: Effect, samples: int) -> None:
    x = noise(effect.channels, samples, samples)
    y = effect.run(x)
    if effect.rows > effect.channels:
        assert level(stems_of(effect, y) - x) - level(x) < -120


@pytest.mark.parametrize("gain", [1.0, 1e-4, 1e-12, 1e4])
def test_level_scales_through(effect: Effect, gain: float) -> None:
    """Nothing in an effect is tied to a level, from far below 24 bits to far above full scale."""
    x = effect.example[:, : 2 * effect.rate]
    plain, scaled = effect.run(x), effect.run(x * gain)
    if gain >= 1e-4:
        assert sdr(plain, scaled / gain) > 60


def test_silence_stays_silence(effect: Effect) -> None:
    assert effect.run(torch.zeros(effect.channels, effect.rate)).abs().max() == 0


@pytest.mark.parametrize("value", [1.0, -1.0, 1e-6])
def test_a_constant_and_full_scale_do_no_harm(effect: Effect, value: float) -> None:
    y = effect.run(torch.full((effect.channels, effect.rate), value))
    assert y.abs().max() <= 1.5 * abs(value)
    square = value * torch.sign(torch.sin(torch.arange(effect.rate) * 0.05)).expand(effect.channels, -1)
    assert effect.run(square.contiguous()).abs().max() <= 2.0 * abs(value)


def test_script_and_module_agree(effect: Effect) -> None:
    x = effect.example
    with torch.inference_mode():
        plain = effect.eager(x)
    assert sdr(plain, effect.run(x)) > 90


def test_nothing_is_shifted(effect: Effect) -> None:
    """The sum of what comes back peaks with the input, to the sample."""
    x = effect.example[:, : 3 * effect.rate]
    y = stems_of(effect, effect.run(x))[0] if name_of(effect) in SEPARATORS else effect.run(x)[0]
    size = 2 * x.shape[1]
    correlation = torch.fft.irfft(torch.fft.rfft(y, size) * torch.fft.rfft(x[0], size).conj(), size)
    assert int(correlation.argmax()) == 0


def test_the_middle_does_not_depend_on_what_is_two_seconds_away(effect: Effect) -> None:
    """So chunks with a shared margin give what the whole would."""
    if name_of(effect) in WHOLE:
        pytest.skip("its network remembers: the server gives it whole regions")
    x = effect.example.tile(1, 2)
    cut = slice(3 * effect.rate, x.shape[1] - 3 * effect.rate)
    whole = effect.run(x)[:, 3 * effect.rate + 2 * effect.rate : -5 * effect.rate]
    part = effect.run(x[:, cut].contiguous())[:, 2 * effect.rate : -2 * effect.rate]
    assert sdr(whole, part) > 80


def test_zeros_after_the_end_change_nothing(effect: Effect) -> None:
    x = effect.example[:, : 4 * effect.rate + 123]
    padded = effect.run(torch.nn.functional.pad(x, (0, 5 * effect.rate)))[:, : x.shape[1]]
    assert sdr(effect.run(x), padded) > 40


@pytest.mark.slow
def test_ten_seconds_take_less_time_than_they_last(effect: Effect, one_thread: None) -> None:
    x = noise(effect.channels, 10 * effect.rate)
    effect.run(x)  # TorchScript optimises in the first calls
    effect.run(x)
    begin = time.process_time()
    effect.run(x)
    assert time.process_time() - begin < 5


def name_of(effect: Effect) -> str:
    return next(name for name in NAMES if load(name) is effect.source)
