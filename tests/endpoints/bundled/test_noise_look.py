"""What the look tells of noise that lies a known distance below a voice."""

from __future__ import annotations

import pytest
import torch

from endpoints.bundled.noise_look import NoiseLook

RATE = 48000
TIME = torch.arange(8 * RATE) / RATE
LEVEL = 0.1


def white(seed: int) -> torch.Tensor:
    return torch.randn(8 * RATE, generator=torch.Generator().manual_seed(seed))


def voice() -> torch.Tensor:
    """A tone that comes and goes twice a second; half of the time it is silent."""
    return LEVEL * torch.sin(1000 * TIME) * (torch.sin(4 * torch.pi * TIME) > 0)


def below(decibels: float, noise: torch.Tensor) -> float:
    """What the look says of noise so far below the voice, if the network finds the voice exactly."""
    speech = voice()
    speaking = speech[speech != 0].square().mean()
    noise = noise * (speaking / noise.square().mean()).sqrt() * 10 ** (-decibels / 20)
    return NoiseLook(RATE)(speech + noise, speech)


@pytest.mark.parametrize("decibels", [0.0, 5.0, 20.0, 40.0])
def test_the_distance_of_steady_noise_is_found(decibels: float) -> None:
    assert below(decibels, white(2)) == pytest.approx(decibels, abs=1.5)


def test_noise_that_comes_and_goes_is_not_overheard() -> None:
    """The calmest parts of the sound are silent; most of the pauses are not."""
    steady = below(20.0, white(2))
    passing = torch.where((TIME - 0.3) % 1.0 > 0.15, white(2), 1e-4 * white(3))
    assert steady < below(20.0, passing) < 32.0
    assert NoiseLook(RATE)(voice() + 1e-6 * white(3), voice()) > 90.0


def test_pauses_that_a_gate_has_emptied_tell_nothing_of_the_noise_under_the_voice() -> None:
    speech = voice()
    noise = 0.03 * white(2) * (speech != 0)
    assert NoiseLook(RATE)(speech + noise, speech) < 25.0
    assert NoiseLook(RATE)(speech, 0.9 * speech) > 42.0  # the network takes 1 % of it for noise


def test_noise_that_is_loud_only_now_and_then_is_told_by_what_the_network_takes_away() -> None:
    """The calmest pauses are 31 dB below the voice, and a fifth of the time the noise is nearly as loud as it."""
    speech = voice()
    noise = torch.where(TIME % 1.0 > 0.8, 0.5 * LEVEL, 0.02 * LEVEL) * white(2)
    sound = speech + noise
    assert NoiseLook(RATE)(sound, speech) < 27.0
    rare = torch.where((TIME % 4.0 > 1.9) & (TIME % 4.0 < 1.92), 0.1 * LEVEL, 0.02 * LEVEL) * white(2)
    assert NoiseLook(RATE)(speech + rare, speech) > 30.0


def test_silence_that_was_cut_in_is_no_pause() -> None:
    speech = voice()
    sound = speech + 0.01 * white(2)
    told = NoiseLook(RATE)(sound, speech)
    for cut in (slice(0, 2 * RATE), slice(5 * RATE, 7 * RATE)):
        sound[cut] = 0.0
        speech[cut] = 0.0
    assert NoiseLook(RATE)(sound, speech) == pytest.approx(told, abs=0.5)


@pytest.mark.parametrize("seconds", [0.0, 0.1, 1.0])
def test_where_nothing_is_heard_nothing_is_told(seconds: float) -> None:
    silence = torch.zeros(round(seconds * RATE))
    assert NoiseLook(RATE)(silence, silence) == 0.0


def test_noise_alone_is_far_above_any_voice() -> None:
    noise = 0.05 * white(2)
    assert NoiseLook(RATE)(noise, 0.01 * noise) < 0.0
