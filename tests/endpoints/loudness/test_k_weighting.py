from __future__ import annotations

import numpy as np
import pytest
from scipy.signal import lfilter, sosfreqz

from endpoints.loudness.k_weighting import LOWEST_RATE, high_pass, impulse_response, shelf


def test_at_48_khz_it_is_the_table_of_bs_1770() -> None:
    b, a = shelf(48000)
    assert b == pytest.approx([1.53512485958697, -2.69169618940638, 1.19839281085285], abs=1e-10)
    assert a == pytest.approx([1.0, -1.69065929318241, 0.73248077421585], abs=1e-10)
    b, a = high_pass(48000)
    assert b.tolist() == [1.0, -2.0, 1.0]
    assert a == pytest.approx([1.0, -1.99004745483398, 0.99007225036621], abs=1e-10)


@pytest.mark.parametrize("rate", [16000, 44100, 192000])
def test_the_impulse_response_is_that_of_the_recursion(rate: int) -> None:
    found = impulse_response(rate)
    impulse = np.zeros(2 * len(found))
    impulse[0] = 1.0
    recursion = lfilter(*high_pass(rate), lfilter(*shelf(rate), impulse))
    assert np.abs(found - recursion[: len(found)]).max() < 1e-9
    assert np.abs(recursion[len(found) :]).max() < 1e-9


@pytest.mark.parametrize("rate", [LOWEST_RATE, 22050, 44100, 96000, 192000])
def test_other_rates_have_the_same_response(rate: int) -> None:
    hertz = np.geomspace(20, 0.4 * min(rate, 48000), 50)

    def response(at: int) -> np.ndarray:
        sections = np.array([np.concatenate(shelf(at)), np.concatenate(high_pass(at))])
        return 20 * np.log10(np.abs(sosfreqz(sections, hertz, fs=at)[1]))

    assert np.abs(response(rate) - response(48000)).max() < 0.07
