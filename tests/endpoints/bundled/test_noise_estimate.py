"""Noise whose spectrum is known, with and without speech over it."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from endpoints.bundled.examples import speech
from endpoints.bundled.noise_estimate import NoiseEstimate
from endpoints.bundled.stft import Stft

RATE = 48000


def powers(x: torch.Tensor) -> torch.Tensor:
    return Stft(1536, 384)(x)[0].abs().square()


@pytest.fixture(scope="module")
def noise() -> torch.Tensor:
    return torch.randn(1, 8 * RATE, generator=torch.Generator().manual_seed(0))


def test_the_mean_of_noise_is_found(noise: torch.Tensor) -> None:
    power = powers(noise)[:, 4:-4]
    found = NoiseEstimate()(power, torch.ones(power.shape[1], dtype=torch.bool))
    assert float(found.mean() / power.mean()) == pytest.approx(1.0, abs=0.04)
    assert float(found.std() / power.mean()) < 0.2


@pytest.mark.parametrize("snr", [0.0, 10.0])
def test_speech_hardly_moves_it(noise: torch.Tensor, snr: float) -> None:
    voice = torch.from_numpy(speech(8.0, RATE, np.random.default_rng(2))).float()[None]
    voice *= 10 ** (snr / 20) * noise.square().mean().sqrt() / voice.square().mean().sqrt()
    power = powers(noise + voice)[:, 4:-4]
    error = 10 * torch.log10(
        NoiseEstimate()(power, torch.ones(power.shape[1], dtype=torch.bool)) / powers(noise).mean()
    )
    assert abs(float(error.mean())) < 0.5
    assert float(error.square().mean().sqrt()) < 1.8


def test_a_step_of_the_noise_is_followed_within_a_second(noise: torch.Tensor) -> None:
    x = noise.clone()
    x[:, 4 * RATE :] *= 10 ** (12 / 20)
    power = powers(x)[:, 4:-4]
    found = 10 * torch.log10(
        NoiseEstimate()(power, torch.ones(power.shape[1], dtype=torch.bool)).mean(0) / powers(noise).mean()
    )
    assert float(found[375].item()) == pytest.approx(0.0, abs=0.5)
    assert float(found[500 + 125].item()) == pytest.approx(12.0, abs=0.7)


def test_frames_that_are_not_heard_do_not_count(noise: torch.Tensor) -> None:
    power = powers(noise)[:, 4:-4].clone()
    power[:, 500:] = 0.0
    heard = torch.arange(power.shape[1]) < 500
    found = NoiseEstimate()(power, heard)
    assert float(found[:, 450:500].mean() / power[:, :500].mean()) == pytest.approx(1.0, abs=0.06)
