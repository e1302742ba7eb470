import numpy as np
import pytest

from app.audio.equaliser import Equaliser, response


@pytest.mark.parametrize(("rate_in", "rate_out"), [(147, 160), (160, 147), (441, 160), (44056, 44100), (1, 24)])
def test_puts_back_what_soxr_loses(rate_in: int, rate_out: int) -> None:
    share, gain = response(rate_in, rate_out)
    inside = share <= 0.9
    assert gain[0] == pytest.approx(1, abs=1e-8)
    assert gain[inside].min() < 0.9998
    impulse = np.zeros((1, 101))
    impulse[0, 50] = 1
    equaliser = Equaliser(1, rate_in, rate_out, np.float64)
    taps = np.concatenate([equaliser.push(impulse), equaliser.push(np.zeros((1, equaliser.delay)))], axis=1)[0]
    assert taps.shape == (101,)
    assert np.allclose(taps, taps[::-1], rtol=0, atol=1e-16)
    own = np.cos(np.pi * np.outer(share, np.arange(101) - 50)) @ taps
    assert np.abs(20 * np.log10((gain * own)[inside])).max() < 0.0007
    assert own.max() < 1.002  # above the pass band it raises nothing either


@pytest.mark.parametrize(("rate_in", "rate_out"), [(2, 1), (1, 2), (6, 1)])
def test_where_soxr_loses_nothing_nothing_is_done(rate_in: int, rate_out: int) -> None:
    block = np.ones((2, 5), np.float32)
    equaliser = Equaliser(2, rate_in, rate_out, np.float32)
    assert equaliser.push(block) is block
    assert equaliser.delay == 0


@pytest.mark.parametrize("size", [1, 3, 7, 1000])
def test_blocks_do_not_matter(size: int) -> None:
    x = np.random.default_rng(0).normal(size=(3, 500)).astype(np.float32)
    whole = Equaliser(3, 147, 160, np.float32).push(x)
    parts = Equaliser(3, 147, 160, np.float32)
    joined = np.concatenate([parts.push(x[:, at : at + size]) for at in range(0, 500, size)], axis=1)
    assert joined.dtype == np.float32
    assert joined.shape == (3, 500 - parts.delay)
    assert np.array_equal(joined, whole)
