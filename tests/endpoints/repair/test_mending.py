"""A sound mended stretch by stretch: the same however it is read, at any rate."""

from __future__ import annotations

import numpy as np
import pytest

from endpoints.repair.hum import found, without
from endpoints.repair.mending import Mended, mended
from endpoints.repair.plateaus import Levels
from tests.endpoints.repair.sounds import RATE, chords, moments, sdr


def still() -> None:
    """Go on."""


def damaged() -> np.ndarray:
    sound = np.clip(chords(), -0.5, 0.5)
    sound[2000::4500] += 0.3
    return np.stack((sound, sound[::-1])).astype(np.float32)


def blocks(sound: np.ndarray, size: int) -> list[np.ndarray]:
    return [sound[:, at : at + size] for at in range(0, sound.shape[1], size)]


def test_the_result_does_not_depend_on_how_the_sound_is_read() -> None:
    sound, levels = damaged(), Levels((0.5, 0.5), (-0.5, -0.5), 1e-6)
    results, tallies = [], []
    for size in (1000, 16384, sound.shape[1]):
        so = Mended()
        results.append(np.concatenate(list(mended(iter(blocks(sound, size)), RATE, 50, levels, still, so)), 1))
        tallies.append(so)
    assert np.array_equal(results[0], results[1]) and np.array_equal(results[0], results[2])
    assert tallies[0] == tallies[1] == tallies[2] and tallies[0].clicks > 10 and tallies[0].clipped > 100
    assert results[0].dtype == np.float32


@pytest.mark.parametrize("rate", [8000, 48000, 192000])
def test_clicks_are_mended_at_any_rate(rate: int) -> None:
    t, generator = np.arange(rate) / rate, np.random.default_rng(6)
    whole = 0.3 * np.sin(2 * np.pi * 300 * t) * np.exp(-t) + 1e-3 * generator.standard_normal(rate)
    sound = whole.copy()
    for at in np.linspace(rate // 20, rate - rate // 20, 7).astype(int):
        sound[at : at + max(1, rate // 5000)] += 0.3
    so = Mended()
    made = np.concatenate(list(mended(iter([sound[None]]), rate, 50, None, still, so)), 1)[0]
    assert so.clicks == 7
    assert sdr(whole, made) > sdr(whole, sound) + 12


def test_hum_is_the_same_however_the_sound_is_read() -> None:
    t = moments(12.0)
    hum = 0.02 * sum(np.sin(2 * np.pi * 60.03 * k * t) / k for k in (1, 2, 4))
    sound = (chords(12.0) + hum)[None]
    heard = [found(iter(blocks(sound, size)), RATE, (50.0, 60.0)) for size in (1000, sound.shape[1])]
    assert heard[0] == heard[1] and heard[0] is not None
    assert heard[0].frequency == pytest.approx(60.03, abs=0.005) and heard[0].harmonics == (1, 2, 4)
    made = [np.concatenate(list(without(iter(blocks(sound, size)), RATE, heard[0])), 1) for size in (1000, 99999)]
    assert np.array_equal(made[0], made[1])
    assert sdr(chords(12.0), made[0][0]) > 30
