"""The methods and controls of noise reduction; what each method does is tried in its own file."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from endpoints.bundled.examples import speech
from endpoints.bundled.noise_reduction import METHODS
from tests.endpoints.bundled.exported import Effect, as_tensor, level, sdr
from tests.endpoints.bundled.original_deep_filter import EVERY_SAMPLE, KEPT, sound

AUTOMATIC, NETWORK, CLASSICAL = METHODS


@pytest.fixture(scope="module")
def effect() -> Effect:
    return Effect("noise_reduction")


@pytest.fixture(scope="module")
def voice(effect: Effect) -> torch.Tensor:
    return 0.2 * as_tensor(speech(2.0, effect.rate, np.random.default_rng(3)))


def run(effect: Effect, x: torch.Tensor, method: str, limit: float = 100.0, post_filter: bool = False) -> torch.Tensor:
    with torch.inference_mode():
        return effect.model(x, method, limit, post_filter)


def white(like: torch.Tensor) -> torch.Tensor:
    return torch.randn(like.shape, generator=torch.Generator().manual_seed(5))


def test_automatic_takes_both_for_steady_noise(effect: Effect, voice: torch.Tensor) -> None:
    x = voice + 0.02 * white(voice)
    both = 0.7 * run(effect, x, NETWORK) + 0.3 * run(effect, x, CLASSICAL)
    assert sdr(both, run(effect, x, AUTOMATIC)) > 90
    assert sdr(run(effect, x, NETWORK), run(effect, x, CLASSICAL)) < 30


def test_automatic_takes_the_network_for_changing_noise(effect: Effect, voice: torch.Tensor) -> None:
    bursts = torch.where(torch.arange(voice.shape[1]) % 24000 < 6000, 1.0, 0.01)
    x = voice + 0.05 * white(voice) * bursts
    assert sdr(run(effect, x, NETWORK), run(effect, x, AUTOMATIC)) > 90


def test_automatic_leaves_a_voice_with_silent_pauses_to_the_gentle_method(effect: Effect) -> None:
    gate = torch.where(torch.arange(96000) % 24000 < 16000, 1.0, 1e-4)
    x = as_tensor(speech(2.0, effect.rate, np.random.default_rng(1))) * gate
    assert sdr(run(effect, x, CLASSICAL), run(effect, x, AUTOMATIC)) > 90


@pytest.mark.parametrize("method", METHODS)
def test_the_limit_keeps_some_of_the_noise(effect: Effect, voice: torch.Tensor, method: str) -> None:
    noise = 0.05 * white(voice)
    left = run(effect, noise, method, 12.0)
    assert -13 < level(left) - level(noise) < -9.5
    assert sdr(noise, run(effect, noise, method, 0.0)) > 100


def test_the_limit_is_the_library_s(effect: Effect) -> None:
    x = torch.from_numpy(sound())[None]
    kept = 10 ** (-12 / 20)
    with np.load(KEPT) as original, torch.inference_mode():
        y = (1 - kept) * effect.eager.model.network(x) + kept * x
        assert (y[0, ::EVERY_SAMPLE] - torch.from_numpy(original["limited"])).abs().max() < 1e-4


def test_the_post_filter_lowers_what_is_left(effect: Effect) -> None:
    noise = 0.05 * white(torch.zeros(1, 2 * effect.rate))
    plain, filtered = (run(effect, noise, NETWORK, 100.0, on) for on in (False, True))
    assert level(filtered) < level(plain) - 1


@pytest.mark.parametrize("method", METHODS)
def test_the_level_of_a_recording_does_not_count(effect: Effect, voice: torch.Tensor, method: str) -> None:
    """The network by itself would fail 20 dB below the usual."""
    x = voice + 0.02 * white(voice)
    plain = run(effect, x, method)
    assert sdr(plain, run(effect, x * 1e-3, method) / 1e-3) > 60


def test_long_sound_in_pieces_is_the_whole_without_the_network(effect: Effect) -> None:
    classical = effect.eager.model.classical
    voice = as_tensor(speech(6.0, effect.rate, np.random.default_rng(3)))
    x = voice + 0.03 * white(voice)
    before = classical.piece
    with torch.inference_mode():
        whole = classical.at_once(x)
        classical.piece = 300 * classical.stft.hop
        pieces = classical(x)
    classical.piece = before
    assert sdr(whole, pieces) > 80
