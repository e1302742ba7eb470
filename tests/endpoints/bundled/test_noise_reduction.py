"""The methods and controls of noise reduction; what each method does is tried in its own file."""

from __future__ import annotations

from itertools import pairwise

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


def clean_voice(effect: Effect) -> torch.Tensor:
    return 0.2 * as_tensor(speech(4.0, effect.rate, np.random.default_rng(4)))


def white(like: torch.Tensor) -> torch.Tensor:
    return torch.randn(like.shape, generator=torch.Generator().manual_seed(5))


def blended(effect: Effect, x: torch.Tensor) -> torch.Tensor:
    return effect.eager.model.blend(run(effect, x, NETWORK), run(effect, x, CLASSICAL))


def test_automatic_blends_both_for_loud_noise(effect: Effect, voice: torch.Tensor) -> None:
    x = voice + 0.05 * white(voice)
    assert sdr(blended(effect, x), run(effect, x, AUTOMATIC)) > 90
    for method in (NETWORK, CLASSICAL):
        assert sdr(run(effect, x, method), run(effect, x, AUTOMATIC)) < 30


def test_automatic_says_the_same_of_a_little_more_noise(effect: Effect, voice: torch.Tensor) -> None:
    """A long region comes in pieces, each of which looks for itself: no jump between those that differ by 1 dB."""
    model = effect.eager.model
    assert [model.noisy, model.untouched] == [[(20.0, 1.0), (30.0, 0.0)], [(36.0, 0.0), (42.0, 1.0)]]
    for points in (model.noisy, model.untouched):
        values = [model.between(points, place / 10) for place in range(-300, 900)]
        assert max(abs(one - other) for one, other in pairwise(values)) < 0.02
        assert (values[0], values[-1]) == (points[0][1], points[-1][1])


def test_automatic_leaves_a_clean_voice_as_it_is(effect: Effect) -> None:
    """Its pauses hold what a quiet room and a good microphone leave there, 60 dB below it."""
    voice = clean_voice(effect)
    x = voice + 1e-3 * float(voice.square().mean().sqrt()) * white(voice)
    assert sdr(x, run(effect, x, AUTOMATIC)) > 100


def test_automatic_does_no_damage_where_the_noise_is_far_below(effect: Effect) -> None:
    voice = clean_voice(effect)
    x = voice + 0.02 * float(voice.square().mean().sqrt()) * white(voice)  # 34 dB
    assert sdr(voice, run(effect, x, AUTOMATIC)) > 30
    assert sdr(voice, run(effect, x, NETWORK)) < sdr(voice, run(effect, x, AUTOMATIC))


def test_a_voice_with_its_room_passes_nearer_to_what_it_was_than_by_either_method(effect: Effect) -> None:
    voice = clean_voice(effect)
    x = voice + 0.03 * float(voice.square().mean().sqrt()) * white(voice)  # 30 dB
    for method in (NETWORK, CLASSICAL):
        assert sdr(x, run(effect, x, AUTOMATIC)) > sdr(x, run(effect, x, method)) + 0.5


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


@pytest.mark.parametrize("method", METHODS)
def test_a_click_is_as_early_as_it_was(effect: Effect, method: str) -> None:
    x = torch.zeros(1, effect.rate)
    x[0, 20_011] = 0.5
    assert int(run(effect, x, method).abs().argmax()) == 20_011


@pytest.mark.parametrize(
    "method", [pytest.param(name, marks=() if name == "Automatic" else pytest.mark.slow) for name in METHODS]
)
def test_a_voice_is_neither_late_nor_early(effect: Effect, method: str) -> None:
    """By their likeness at each delay, in hundredths of samples around its highest place."""
    voice = clean_voice(effect)
    cleaned = run(effect, voice + 0.03 * white(voice), method)
    size = 1 << (2 * voice.shape[1]).bit_length()
    product = torch.fft.rfft(cleaned[0].double(), size) * torch.fft.rfft(voice[0].double(), size).conj()
    hertz = torch.fft.rfftfreq(size, dtype=torch.float64)
    delays = torch.arange(-30, 31) / 100
    likeness = [float((product * torch.exp(2j * torch.pi * hertz * delay)).real.sum()) for delay in delays]
    whole = torch.fft.irfft(product, size)
    assert int(whole.argmax()) == 0
    assert abs(float(delays[int(np.argmax(likeness))])) <= 0.05


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
