from __future__ import annotations

import numpy as np
import pytest

from app.audacitorch.inference.at_level import AtLevel
from app.audacitorch.inference.levels import Level, LevelMeter, filling, needed, rough_shape, smooth_shape
from tests.audacitorch.models import RATE, noise


def level_of(*blocks: np.ndarray) -> Level:
    meter = LevelMeter(len(blocks[0]))
    for block in blocks:
        meter.add(block)
    return meter.level()


def same(one: Level, other: Level) -> bool:
    return (
        np.allclose(one.mean, other.mean, atol=1e-6)
        and np.allclose(one.power, other.power, rtol=1e-4, atol=1e-9)
        and np.allclose(one.peak, other.peak, rtol=1e-6)
    )


def test_the_level_of_blocks_is_that_of_the_whole():
    x = noise(2, 10_000) + np.float32([[0.1], [0]])
    found = level_of(x[:, :1], x[:, 1:7000], x[:, 7000:7000], x[:, 7000:])
    assert np.allclose(found.mean, x.mean(axis=1), atol=1e-6)
    assert np.allclose(found.power, np.square(x).mean(axis=1), rtol=1e-5)
    assert np.allclose(found.peak, np.abs(x).max(axis=1))


@pytest.mark.parametrize("shape", [rough_shape, smooth_shape])
@pytest.mark.parametrize("gain, length", [(0.01, 5000), (0.5, 5001), (1.0, 3000), (3.0, 60_000)])
def test_what_follows_brings_a_part_to_the_level_of_the_whole(shape, gain, length):
    whole = noise(2, 40_000) + np.float32([[0.05], [-0.02]])
    part = np.float32(gain) * whole[:, :5000]
    whole[:, 20_000] = 4.0
    level = level_of(whole)
    assert same(level_of(part, filling(part, level, shape(length))), level)


def test_a_part_that_has_the_peak_gets_no_second_one_and_nothing_louder():
    whole = np.concatenate([noise(1, 5000), 0.1 * noise(1, 95_000)], axis=1)
    whole[0, 77] = 0.9
    following = filling(whole[:, :5000], level_of(whole), rough_shape(200_000))
    assert np.abs(following).max() < 0.2


def test_a_part_that_is_louder_than_anything_can_make_up_for_is_followed_by_silence():
    part = noise(1, 5000)
    quiet = Level(np.zeros(1), np.full(1, 1e-4), np.full(1, 0.4))
    assert not filling(part, quiet, rough_shape(100)).any()
    # Samples of power 1/12 and of power 1e-4: 833 times as many must follow.
    assert needed(part, quiet) == pytest.approx(5000 * (833 - 1), rel=0.05)
    assert needed(0.001 * part, quiet) == 0


def test_silence_stays_silence():
    part, level = np.zeros((1, 500), np.float32), Level(np.zeros(1), np.zeros(1), np.zeros(1))
    assert needed(part, level) == 0
    assert not filling(part, level, rough_shape(50)).any()


def standardised(x: np.ndarray) -> np.ndarray:
    return np.tanh((x - x.mean()) / x.std())


def test_a_part_at_the_level_of_the_whole_has_the_result_of_the_whole():
    whole = noise(1, 60_000) * np.repeat([0.1, 1.0, 0.5], 20_000).astype(np.float32)
    model = AtLevel(standardised, RATE, 200_000)
    for begin in (0, 15_000, 20_000, 55_000):
        part = whole[:, begin : begin + 5000]
        result = model(part, level_of(whole))
        assert result.shape == part.shape
        assert np.allclose(result, standardised(whole)[:, begin : begin + 5000], atol=1e-3)
    assert not model.short


def test_where_too_little_fits_behind_a_loud_part_that_is_told():
    whole = noise(1, 60_000) * np.repeat([0.1, 0.1, 1.0], 20_000).astype(np.float32)
    model = AtLevel(standardised, RATE, 6000)
    assert model(whole[:, :5000], level_of(whole)).shape == (1, 5000)
    assert not model.short
    assert model(whole[:, -5000:], level_of(whole)).shape == (1, 5000)
    assert model.short
