from __future__ import annotations

import numpy as np
import pytest

from endpoints.loudness.between_samples import REACH, interpolators, oversampling


@pytest.mark.parametrize("rate", [22050, 48000, 96000])
def test_a_sine_is_what_it_is_between_its_samples(rate: int) -> None:
    filters = interpolators(rate)
    assert filters.shape == (oversampling(rate) - 1, 2 * REACH + 1)
    for share in (0.01, 0.25, 0.45, 0.48):
        phase = 2 * np.pi * share
        sine = np.sin(phase * np.arange(-REACH, REACH + 1) + 0.3)
        points = filters @ sine[::-1]
        # A tap is for the sample that is so many before the last: the first tap belongs to the latest.
        expected = np.sin(phase * np.arange(1, oversampling(rate)) / oversampling(rate) + 0.3)
        assert np.abs(points - expected).max() < (2e-4 if share <= 0.45 else 2e-3)
