"""An effect on a whole sound: its length, its place, its bits, in blocks of any size."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pytest

from endpoints.effects.applying import applied


class Late:
    """Is late by some samples, and multiplies by the value in force when a sample comes in."""

    name, uri, version, parameters = "Late", "urn:late", "1", ()

    def __init__(self, late: int, channels: int = 2) -> None:
        self.latency, self.channels = late, channels
        self.kept = np.zeros((channels, late), np.float32)
        self.longest = 0

    def process(self, block: np.ndarray, values: Mapping[str, float]) -> np.ndarray:
        self.longest = max(self.longest, block.shape[1])
        line = np.concatenate([self.kept, block * np.float32(values["gain"])], axis=1)
        self.kept = line[:, block.shape[1] :]
        return line[:, : block.shape[1]]

    def reset(self) -> None:
        self.kept[:] = 0


def sound(samples: int, dtype: type = np.float32) -> np.ndarray:
    return np.random.default_rng(5).normal(0, 0.2, (2, samples)).astype(dtype)


def cut(whole: np.ndarray, size: int) -> list[np.ndarray]:
    return [whole[:, at : at + size] for at in range(0, whole.shape[1], size)]


@pytest.mark.parametrize("late", [0, 1, 220, 5000, 50000])
@pytest.mark.parametrize("size", [64, 999, 30000])
def test_every_sample_stays_where_it_was(late: int, size: int) -> None:
    whole = sound(20000)
    made = list(applied(Late(late), cut(whole, size), lambda _: {"gain": 1.0}))
    assert np.array_equal(np.concatenate(made, axis=1), whole)


@pytest.mark.parametrize("late", [0, 220])
def test_what_is_left_alone_keeps_all_its_bits(late: int) -> None:
    whole = sound(20000, np.float64)
    made = np.concatenate(list(applied(Late(late), cut(whole, 3000), lambda _: {"gain": 1.0})), axis=1)
    assert made.dtype == np.float64 and np.array_equal(made, whole)
    halved = np.concatenate(list(applied(Late(late), cut(whole, 3000), lambda _: {"gain": 0.5})), axis=1)
    assert halved.dtype == np.float64 and np.array_equal(halved, whole.astype(np.float32) * np.float32(0.5))


def test_values_are_asked_for_on_a_grid_whatever_the_blocks() -> None:
    whole = np.ones((2, 1000), np.float32)
    results = []
    for size in (1000, 64, 37):
        made = applied(Late(0), cut(whole, size), lambda at: {"gain": float(at // 100)}, hold=100)
        results.append(np.concatenate(list(made), axis=1))
    assert np.array_equal(results[0][0], np.repeat(np.arange(10, dtype=np.float32), 100))
    assert all(np.array_equal(results[0], other) for other in results)


def test_a_sound_shorter_than_the_latency() -> None:
    whole = sound(10)
    assert np.array_equal(np.concatenate(list(applied(Late(300), [whole], lambda _: {"gain": 1.0})), axis=1), whole)


def test_an_effect_gets_short_blocks() -> None:
    effect = Late(10)
    list(applied(effect, [sound(200000)], lambda _: {"gain": 1.0}))
    assert effect.longest == 16384
