"""Tones and strokes whose sum is known."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from endpoints.bundled.effect_examples import chords, drums, melody
from endpoints.bundled.examples import add, hat
from tests.endpoints.bundled.exported import Effect, as_tensor, level, sdr


@pytest.fixture(scope="module")
def effect() -> Effect:
    return Effect("harmonic_percussive")


def tones(seconds: float, rate: int) -> torch.Tensor:
    t = np.arange(int(seconds * rate)) / rate
    return as_tensor(sum(0.1 * np.sin(2 * np.pi * f * t) for f in (220.0, 277.2, 329.6, 440.0, 880.0)))


def clicks(seconds: float, rate: int) -> torch.Tensor:
    x = torch.zeros(1, int(seconds * rate))
    burst = torch.randn(200, generator=torch.Generator().manual_seed(1)) * torch.exp(-torch.arange(200) / 40)
    for start in range(rate // 4, x.shape[1] - 200, rate // 3):
        x[0, start : start + 200] = burst
    return x


def test_tones_and_clicks_come_apart(effect: Effect) -> None:
    held, struck = tones(6, effect.rate), clicks(6, effect.rate)
    harmonic, percussive = effect.run(held + struck)
    assert sdr(held[0], harmonic) > 25
    assert sdr(struck[0], percussive) > 12


def test_tones_alone_are_harmonic_and_clicks_alone_percussive(effect: Effect) -> None:
    middle = slice(effect.rate // 2, -effect.rate // 2)  # where a tone begins or ends there is a click
    harmonic, percussive = effect.run(tones(4, effect.rate))[:, middle]
    assert level(percussive) - level(harmonic) < -25
    harmonic, percussive = effect.run(clicks(4, effect.rate))
    assert level(harmonic) - level(percussive) < -15


def test_a_band_comes_apart(effect: Effect) -> None:
    """Plucked chords, a tune with vibrato, ringing drums: both stems gain several dB over the mix itself."""
    held, struck = as_tensor(chords() + melody())[0], as_tensor(drums())[0]
    harmonic, percussive = effect.run((held + struck)[None])
    assert sdr(held, harmonic) - sdr(held, held + struck) > 4
    assert sdr(struck, percussive) - sdr(struck, held + struck) > 4


def test_a_stroke_on_the_first_beat_is_percussive(effect: Effect) -> None:
    held, struck = as_tensor(chords() + melody()), as_tensor(drums())
    start = slice(0, effect.rate // 4)
    percussive = effect.run(held + struck)[1, start]
    assert sdr(struck[0, start], percussive) > 5


def test_quick_hi_hats_do_not_blur_into_a_tone(effect: Effect) -> None:
    random = np.random.default_rng(3)
    hats, held = np.zeros(6 * effect.rate), melody()[: 6 * effect.rate]
    for step in range(47):  # sixteenths at 120 beats a minute
        add(hats, 0.2 * hat(effect.rate, random), step / 8, effect.rate)
    percussive = effect.run(as_tensor(held + hats))[1]
    assert sdr(as_tensor(hats)[0], percussive) > 10


def test_steady_noise_leans_to_the_percussive_side(effect: Effect) -> None:
    """As cymbals should; yet where only the first pass works, it is shared evenly."""
    noise = torch.randn(1, 4 * effect.rate, generator=torch.Generator().manual_seed(0))
    harmonic, percussive = effect.run(noise)
    assert level(harmonic) - level(percussive) == pytest.approx(-7, abs=1.5)
    low = slice(0, 4 * 2000)  # bins of 0.25 Hz
    shares = [level(torch.fft.rfft(stem)[low].abs()) for stem in (harmonic, percussive)]
    assert shares[0] == pytest.approx(shares[1], abs=1)
