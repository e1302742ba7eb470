"""What the look tells of noise whose kind is known."""

from __future__ import annotations

import pytest
import torch

from endpoints.bundled.noise_look import CHANGING, CLEAN, NOTHING, STEADY, NoiseLook

RATE = 48000
TIME = torch.arange(8 * RATE) / RATE


def white(seed: int) -> torch.Tensor:
    return torch.randn(8 * RATE, generator=torch.Generator().manual_seed(seed))


def voice() -> torch.Tensor:
    """A tone that comes and goes four times a second, with pauses at -90 dB of it."""
    return 0.1 * torch.sin(1000 * TIME) * torch.sin(8 * torch.pi * TIME).clamp_min(0) + 1e-6 * white(1)


@pytest.mark.parametrize("level", [0.03, 0.003])
def test_hiss_and_hum_are_steady(level: float) -> None:
    noise = level * (white(2) + torch.sin(2 * torch.pi * 100 * TIME))
    assert NoiseLook(RATE)(voice() + noise, noise) == STEADY


@pytest.mark.parametrize("depth", [0.4, 0.0])
def test_noise_that_comes_and_goes_is_changing(depth: float) -> None:
    noise = 0.03 * white(2) * torch.where((TIME % 1.0) < 0.5, 1.0, depth)
    assert NoiseLook(RATE)(voice() + noise, noise) == CHANGING


def test_silent_pauses_tell_of_no_noise() -> None:
    """Also where the network takes a little of the voice for noise, and where silence was cut in between."""
    sound = voice()
    assert NoiseLook(RATE)(sound, 0.1 * sound) == NOTHING
    assert NoiseLook(RATE)(sound, 0.5 * sound) == CHANGING  # that is not little
    assert NoiseLook(RATE)(torch.zeros(RATE), torch.zeros(RATE)) == NOTHING


def test_pauses_without_even_a_rooms_noise_tell_of_none_at_all() -> None:
    """If the network agrees: else the noise under the voice was cut out of the pauses only."""
    sound = voice() - 1e-6 * white(1)
    assert NoiseLook(RATE)(sound, 0.1 * sound) == CLEAN
    assert NoiseLook(RATE)(sound, 0.25 * sound) == NOTHING
    assert NoiseLook(RATE)(voice() + 1e-4 * white(2), 0.1 * sound) == NOTHING


def test_silence_that_was_cut_in_is_no_pause() -> None:
    noise = 0.01 * white(2)
    sound = voice() + noise
    for cut in (slice(0, 2 * RATE), slice(5 * RATE, 7 * RATE)):
        noise[cut] = 0.0
        sound[cut] = 0.0
    assert NoiseLook(RATE)(sound, noise) == STEADY
