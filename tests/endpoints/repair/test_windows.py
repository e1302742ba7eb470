"""A sound in windows: the same ones, however it is read."""

from __future__ import annotations

import numpy as np
import pytest

from endpoints.repair.windows import runs, windows


@pytest.mark.parametrize("block", [1, 7, 64, 1000])
def test_windows_do_not_depend_on_how_the_sound_is_read(block: int) -> None:
    sound = np.arange(730.0).reshape(2, 365)
    made = list(windows((sound[:, at : at + block] for at in range(0, 365, block)), 100, 30))
    assert [(window.begin, window.first, window.last, window.samples.shape[1]) for window in made] == [
        (0, 0, 100, 130),
        (70, 30, 130, 160),
        (170, 30, 130, 160),
        (270, 30, 95, 95),
    ]
    assert np.array_equal(np.concatenate([window.own for window in made], 1), sound)
    assert all(np.array_equal(one.samples, sound[:, one.begin : one.begin + one.samples.shape[1]]) for one in made)


def test_runs_are_where_they_begin_and_end() -> None:
    assert runs(np.array([True, False, True, True])).tolist() == [[0, 1], [2, 4]]
    assert runs(np.zeros(3, np.bool_)).shape == (0, 2)
