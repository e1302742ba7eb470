from __future__ import annotations

import math

import numpy as np
import pytest

from endpoints.loudness.gating import integrated, loudest, loudness, loudness_range, power_of, windows


def powers(*parts: tuple[float, int]) -> np.ndarray:
    return np.concatenate([np.full(tenths, power_of(level)) for level, tenths in parts])


def test_loudness_and_power_are_each_others_inverse() -> None:
    assert loudness(power_of(-23.0)) == pytest.approx(-23.0)
    assert loudness(0.0) == -math.inf


def test_quiet_stretches_are_left_out() -> None:
    assert integrated(powers((-20, 100), (-71, 1000))) == pytest.approx(-20.0, abs=0.1)
    assert integrated(powers((-20, 100), (-35, 100))) == pytest.approx(-20.0, abs=0.1)
    # Within 10 LU of the rest, it counts.
    assert integrated(powers((-20, 100), (-26, 100))) == pytest.approx(
        loudness((power_of(-20) + power_of(-26)) / 2), abs=0.05
    )
    assert integrated(powers((-70.5, 100))) == -math.inf
    assert integrated(np.zeros(3)) == -math.inf


def test_the_range_is_between_a_tenth_and_a_twentieth() -> None:
    steps = np.concatenate([powers((level, 31)) for level in np.linspace(-30, -20, 101)])
    assert loudness_range(steps) == pytest.approx(8.5, abs=0.1)
    assert loudness_range(np.zeros(100)) is None
    assert loudness_range(powers((-20, 29))) is None


def test_windows_and_the_loudest_of_them() -> None:
    values = np.arange(6.0)
    assert windows(values, 4).tolist() == [1.5, 2.5, 3.5]
    assert loudest(values, 4) == (pytest.approx(loudness(3.5)), 2)
    assert loudest(values, 7) is None
