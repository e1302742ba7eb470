"""Which part of a sound is heard, and how old goes over into new."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from app.errors import ControlError
from endpoints.vampnet.asking import Asked, asked
from endpoints.vampnet.controls import CONTROLS
from endpoints.vampnet.hearing import Part, hear, part_of, resampled
from tests.endpoints.vampnet import tiny_networks as tiny

RATE = 8000


def wanted(**values: Any) -> Asked:
    return asked({control.name: control.value for control in CONTROLS} | {"seed": 1} | values)


def test_what_lies_beside_a_part_is_heard_too() -> None:
    assert part_of(wanted(), 30 * RATE, RATE) == Part(0, 30 * RATE, 0, 30 * RATE)
    assert part_of(wanted(start=10, end=12), 30 * RATE, RATE) == Part(10 * RATE, 12 * RATE, 5 * RATE, 17 * RATE)
    assert part_of(wanted(start=2, end=90), 30 * RATE, RATE) == Part(2 * RATE, 30 * RATE, 0, 30 * RATE)
    with pytest.raises(ControlError, match="there is less than a sample between them"):
        part_of(wanted(start=1, end=1.00001), 30 * RATE, RATE)


def test_the_middle_comes_back_where_nothing_has_changed() -> None:
    mono = tiny.tone(2.0, 48000).numpy()
    sound = np.stack([mono + 0.1 * mono[::-1], mono - 0.1 * mono[::-1]])
    heard = hear(sound, 48000, wanted(), 44100, lambda: None)
    assert len(heard.middle) == 88200 and np.abs(heard.middle).max() <= 1.0
    assert np.abs(heard.result(heard.middle, 44100) - sound).max() < 2e-3


def test_channels_that_cancel_each_other_are_heard_all_the_same() -> None:
    mono = tiny.tone(1.0).numpy()
    heard = hear(np.stack([mono, -mono]), 44100, wanted(), 44100, lambda: None)
    assert np.abs(heard.middle).max() > 0.05


def test_a_rate_changes_and_the_length_is_exact() -> None:
    sound = tiny.tone(1.0, 48000).numpy()[None]
    for length in (1, 1000, 44100, 44103):
        assert resampled(sound, 48000, 44100, length).shape == (1, length)


def test_controls_are_read_and_seeds_drawn() -> None:
    drawn = {asked({control.name: control.value for control in CONTROLS}).seed for _ in range(5)}
    assert len(drawn) > 1
    one = wanted(preset="Large variation, follow the beat", onset=7, beat=3)
    assert (one.hints.period, one.hints.books, one.hints.onset_width, one.beat) == (0, 4, 0, 0.08)
    assert replace(one.hints, period=7, books=3) == wanted().hints and not one.drawn
