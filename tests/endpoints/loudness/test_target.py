from __future__ import annotations

import numpy as np
import pytest

from endpoints.loudness.limiter import TruePeakLimiter
from endpoints.loudness.meter import Measured
from endpoints.loudness.target import limited, plain_gain
from tests.endpoints.loudness.measuring import measured, music, tone


def test_a_gain_alone_reaches_the_target_or_the_ceiling() -> None:
    found = measured(music(3, 44100), 44100)
    level, peak = found.integrated(), found.peak.decibels
    plan = plain_gain(found, level - 5.0, -1.0)
    assert (plan.gain, plan.loudness, plan.held_back) == (pytest.approx(-5.0), pytest.approx(level - 5.0), False)
    plan = plain_gain(found, 0.0, -1.0)
    assert plan.held_back and plan.gain == pytest.approx(-1.1 - peak)
    assert plan.peak == pytest.approx(-1.1) and plan.loudness == pytest.approx(level + plan.gain)


def test_what_was_silence_counts_once_it_is_loud() -> None:
    # Before, the gate at -70 LUFS leaves half of it out; after the gain it does not.
    found = measured(np.repeat(tone([(-66, 5), (-72, 5)], 16000), 2, 0), 16000)
    plan = plain_gain(found, -23.0, 0.0)
    assert plan.loudness == pytest.approx(-23.0, abs=0.01)
    assert plan.gain > -23.0 - found.integrated() + 1.0


@pytest.mark.parametrize("push", [2.0, 8.0])
def test_with_a_limiter_it_reaches_the_target(push: float) -> None:
    rate = 16000
    sound = music(2, rate)
    found = measured(sound, rate)
    target = found.integrated() - found.peak.decibels - 1.0 + push
    heard = []

    def hear(gain: float, ceiling: float) -> Measured:
        limiter = TruePeakLimiter(2, rate, 10 ** (gain / 20), ceiling)
        heard.append(measured(np.concatenate([*limiter.push(sound), *limiter.finish()], axis=1), rate))
        return heard[-1]

    plan = limited(found, target, -1.0, hear)
    assert not plan.held_back and plan.trim == 0.0 and plan.limit is not None
    assert heard[-1].integrated() == pytest.approx(target, abs=0.1) == plan.loudness
    assert heard[-1].peak.decibels <= -1.0
    assert plan.gain > target - found.integrated()


def test_what_no_limiter_reaches_is_held_back() -> None:
    rate = 16000
    sound = music(2, rate)

    def hear(gain: float, ceiling: float) -> Measured:
        limiter = TruePeakLimiter(2, rate, 10 ** (gain / 20), ceiling)
        return measured(np.concatenate([*limiter.push(sound), *limiter.finish()], axis=1), rate)

    plan = limited(measured(sound, rate), 10.0, -1.0, hear)
    assert plan.held_back and plan.loudness < 0.0
    assert plan.peak <= -1.0
