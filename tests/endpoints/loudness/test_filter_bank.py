from __future__ import annotations

import numpy as np
import pytest

from endpoints.loudness.filter_bank import FilterBank


@pytest.mark.parametrize(("samples", "block"), [(1, 1), (700, 700), (20000, 20000), (20000, 777)])
@pytest.mark.parametrize(("taps", "delay"), [(9, 4), (3000, 64)])
def test_it_convolves_whatever_the_blocks(samples: int, block: int, taps: int, delay: int) -> None:
    random = np.random.default_rng(0)
    sound = random.standard_normal((2, samples)).astype(np.float32)
    filters = random.standard_normal((3, taps)) / taps
    bank = FilterBank(filters, delay, 2)
    parts = [part for at in range(0, samples, block) for part in bank.push(sound[:, at : at + block])]
    parts += bank.finish()
    heard = np.concatenate([one for one, _ in parts], axis=1)
    made = np.concatenate([other for _, other in parts], axis=2)
    assert np.array_equal(heard, sound)
    expected = [[np.convolve(channel, one)[delay : delay + samples] for channel in sound] for one in filters]
    assert np.abs(made - expected).max() < 1e-5
