from __future__ import annotations

import numpy as np
import pytest

from app.audio.mix import cancel_each_other, mono_of


def sounds(count: int) -> np.ndarray:
    return np.random.default_rng(0).uniform(-0.5, 0.5, (count, 8000)).astype(np.float32)


def test_an_inverted_channel_cancels_the_other():
    (one,) = sounds(1)
    assert cancel_each_other(np.stack([one, -one]))
    assert cancel_each_other(np.stack([one, -0.9 * one]))
    assert cancel_each_other(np.stack([one, -one, one, -one]))
    # Music with some width: what is in the middle is lost, what is on the sides stays.
    middle, side = sounds(2) * np.float32([[1.0], [0.3]])
    assert cancel_each_other(np.stack([middle + side, side - middle]))
    assert not cancel_each_other(np.stack([middle + side, middle - side]))


@pytest.mark.parametrize("channels", [1, 2, 8])
def test_what_has_nothing_in_common_does_not_cancel(channels):
    assert not cancel_each_other(sounds(channels))
    assert not cancel_each_other(np.tile(sounds(1), (channels, 1)))
    assert not cancel_each_other(np.zeros((channels, 100), np.float32))
    assert not cancel_each_other(np.zeros((channels, 0), np.float32))
    alone = np.zeros((channels, 8000), np.float32)
    alone[-1] = sounds(1)
    assert not cancel_each_other(alone)


def test_the_louder_channel_is_heard_where_the_mix_is_lost():
    (one,) = sounds(1)
    mono, cancelled = mono_of(np.stack([-0.8 * one, one]))
    assert cancelled
    assert np.array_equal(mono, one[None])
    mono, cancelled = mono_of(sounds(2))
    assert not cancelled
    assert np.array_equal(mono, sounds(2).mean(axis=0, keepdims=True))
