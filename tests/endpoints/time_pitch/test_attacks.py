from __future__ import annotations

import numpy as np
import pytest

from endpoints.time_pitch.attacks import attacks
from tests.endpoints.time_pitch.sounds import RATE, sound, strokes


def test_attacks_of_a_long_sound_are_found_once_each() -> None:
    at = np.arange(0.75, 44.0, 1.3)  # over two seams between pieces of 20 s
    found = np.array(attacks(sound(strokes(at, 45.0)))) / RATE
    assert found.shape == at.shape
    assert found == pytest.approx(at, abs=0.003)


def test_they_are_told_in_samples_of_the_sound() -> None:
    found = attacks(sound(strokes(np.array([0.5]), 1.0)[:, ::2], RATE // 2))
    assert found == pytest.approx([0.5 * RATE / 2], abs=70)


def test_a_sound_without_any_has_none() -> None:
    assert attacks(sound(np.zeros((1, RATE), np.float32))) == []
