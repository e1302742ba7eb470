"""Loudness found, and given back."""

from __future__ import annotations

import math

import numpy as np
import pytest

from endpoints.vampnet.level import HEARD, gain_to, heard_gain, measured
from tests.endpoints.vampnet import tiny_networks as tiny

RATE = 44100


def sound(level: float = 1.0) -> np.ndarray:
    return level * tiny.tone(3.0).numpy()[None]


@pytest.mark.parametrize("loudness", [-45.0, -24.0, -9.0])
def test_a_sound_gets_a_loudness(loudness: float) -> None:
    gain = gain_to(measured(sound(), RATE), loudness)
    assert measured(sound() * gain, RATE).integrated() == pytest.approx(loudness, abs=0.01)


def test_the_gate_stands_still() -> None:
    """Half a sound that is hardly heard counts once it is louder."""
    both = np.concatenate([sound(), sound(10 ** (-55 / 20))], axis=1)
    gain = gain_to(measured(both, RATE), -5.0)
    assert measured(both * gain, RATE).integrated() == pytest.approx(-5.0, abs=0.01)


def test_silence_stays_silent_and_wakes_nothing() -> None:
    silent = measured(np.zeros((1, RATE)), RATE)
    assert gain_to(silent, -20.0) == 1.0 and gain_to(measured(sound(), RATE), -math.inf) == 0.0


def test_what_is_heard_is_as_loud_as_the_networks_know_it_but_never_cut_off() -> None:
    gain = heard_gain(measured(sound(0.01), RATE), sound(0.01))
    assert measured(sound(0.01) * gain, RATE).integrated() == pytest.approx(HEARD, abs=0.01)
    click = np.zeros((1, RATE))
    click[0, 100] = 0.5
    assert np.abs(click * heard_gain(measured(click, RATE), click)).max() <= 1.0
    assert heard_gain(measured(click * 0, RATE), click * 0) == 1.0
