"""The building blocks of the example sounds."""

from __future__ import annotations

import numpy as np
import pytest

from endpoints.bundled.effect_examples import band, noisy_speech, stereo_mix
from endpoints.bundled.examples import add, band_noise, frequency, pluck, vowel


def loudest_frequency(sound: np.ndarray, rate: int) -> float:
    return float(np.abs(np.fft.rfft(sound * np.hanning(len(sound)))).argmax() * rate / len(sound))


def test_a_plucked_string_has_its_pitch_and_dies_away() -> None:
    sound = pluck(69, 1.0, 44100)
    assert loudest_frequency(sound, 44100) == pytest.approx(frequency(69), abs=1.5)
    assert np.abs(sound[-4410:]).max() < 0.3 * np.abs(sound).max()
    assert sound[0] == 0


def test_noise_keeps_to_its_band() -> None:
    noise = band_noise(44100, 44100, 1000.0, 2000.0, np.random.default_rng(0))
    power = np.abs(np.fft.rfft(noise)) ** 2
    assert power[1000:2001].sum() > 0.999999 * power.sum()
    assert noise.std() == pytest.approx(1.0, abs=0.01)


def test_vowels_peak_near_their_first_formant() -> None:
    open_vowel, closed_vowel = (vowel(name, (100.0, 100.0), 0.5, 16000) for name in "ai")
    assert loudest_frequency(open_vowel, 16000) > loudest_frequency(closed_vowel, 16000)


def test_what_goes_past_the_end_is_dropped() -> None:
    track = np.zeros(10)
    add(track, np.ones(5), 0.8, 10)
    add(track, np.ones(5), 2.0, 10)
    assert track.tolist() == [0.0] * 8 + [1.0] * 2


@pytest.mark.parametrize("example", [band, stereo_mix, noisy_speech])
def test_examples_neither_clip_nor_start_or_stop_with_a_click(example: object) -> None:
    samples, _ = example()  # type: ignore[operator]
    assert np.abs(samples).max() < 0.9
    assert np.abs(samples[:, 0]).max() < 0.1
    assert np.abs(samples[:, -1]).max() < 0.1
