from __future__ import annotations

import numpy as np
import pytest

from endpoints.loudness.limiter import TruePeakLimiter, running_maximum, triangular_mean
from tests.endpoints.loudness.measuring import exact_peak, music


def limited(sound: np.ndarray, rate: int, gain: float, ceiling: float, block: int = 65536) -> np.ndarray:
    limiter = TruePeakLimiter(len(sound), rate, gain, ceiling)
    parts = [part for at in range(0, sound.shape[1], block) for part in limiter.push(sound[:, at : at + block])]
    return np.concatenate([*parts, *limiter.finish()], axis=1)


@pytest.mark.parametrize("rate", [22050, 48000])
def test_no_peak_passes_and_nothing_else_changes(rate: int) -> None:
    sound = music(2, rate)
    result = limited(sound, rate, 4.0, -6.0)
    assert result.shape == sound.shape and result.dtype == sound.dtype
    assert exact_peak(4.0 * sound) > 0.0
    assert exact_peak(result) < -6.0 + 0.1
    gains = result / (4.0 * sound + 1e-20)
    assert gains.max() <= 1.0 + 1e-6
    # All channels alike, so that nothing moves.
    both = np.abs(sound).min(0) > 1e-3
    assert np.abs(gains[0] - gains[1])[both].max() < 1e-4


def test_the_gain_is_smooth_and_comes_back() -> None:
    rate = 48000
    sound = np.full((1, rate), 0.1, np.float32)
    sound[0, 24000] = 1.0
    result = limited(sound, rate, 1.0, -6.0)
    gain = result[0] / sound[0]
    assert gain[24000] == pytest.approx(10 ** (-6 / 20), abs=0.02)
    assert np.abs(np.diff(gain)).max() < 0.005
    assert gain[:23000] == pytest.approx(1.0) and gain[24000 + 3 * 4800] > 0.95


def test_what_fits_is_untouched() -> None:
    sound = music(1, 44100)
    assert np.array_equal(limited(sound, 44100, 1.0, 3.0), sound)
    wide = sound.astype(np.float64)
    assert limited(wide, 44100, 1.0, 3.0).dtype == np.float64


@pytest.mark.parametrize("block", [1000, 40001])
def test_blocks_make_no_difference(block: int) -> None:
    sound = music(2, 44100)
    whole = limited(sound, 44100, 3.0, -3.0, 10**9)
    assert np.abs(limited(sound, 44100, 3.0, -3.0, block) - whole).max() < 1e-5


@pytest.mark.parametrize("samples", [1, 5, 300])
def test_a_short_sound_comes_back_as_long(samples: int) -> None:
    sound = np.full((2, samples), 0.9, np.float32)
    result = limited(sound, 44100, 2.0, -1.0)
    assert result.shape == sound.shape and np.abs(result).max() <= 10 ** (-1 / 20) + 1e-3


def test_its_windows() -> None:
    values = np.random.default_rng(0).standard_normal(50)
    assert running_maximum(values, 7).tolist() == [values[at : at + 7].max() for at in range(44)]
    weights = np.array([1, 2, 3, 2, 1]) / 9
    assert triangular_mean(values, 3) == pytest.approx(np.convolve(values, weights, "valid"))
