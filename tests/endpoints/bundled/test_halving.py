"""Against SciPy-free truths: sines pass or vanish, and an impulse stays where it is."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from endpoints.bundled.halving import Halving

RATE = 44100


def sine(hertz: float) -> np.ndarray:
    return np.sin(2 * np.pi * hertz * np.arange(RATE) / RATE).astype(np.float32)


@pytest.mark.parametrize("hertz", [40, 1000, 5000, 8000])
def test_what_is_low_stays(hertz: float) -> None:
    found = Halving()(torch.from_numpy(sine(hertz))).numpy()
    assert found[200:-200] == pytest.approx(sine(hertz)[::2][200:-200], abs=1e-3)


@pytest.mark.parametrize("hertz", [11500, 14000, 20000])
def test_what_would_fold_back_goes(hertz: float) -> None:
    found = Halving()(torch.from_numpy(sine(hertz))).numpy()
    assert np.abs(found[200:-200]).max() < 1e-4


@pytest.mark.parametrize("length", [1, 2, 999, 1000])
def test_an_impulse_stays_where_it_is(length: int) -> None:
    x = torch.zeros(length)
    x[length // 2 // 2 * 2] = 1.0
    found = Halving()(x)
    assert found.shape == ((length + 1) // 2,)
    assert int(found.argmax()) == length // 2 // 2
