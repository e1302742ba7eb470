"""Onset strengths that repeat, and some that do not."""

from __future__ import annotations

import pytest
import torch

from endpoints.bundled.beat_tracking import beat_period, track_beats


@pytest.mark.parametrize("period", [30, 50, 80])
def test_strokes_at_even_distances_are_beats(period: int) -> None:
    strokes = torch.zeros(2000)
    strokes[17::period] = 1.0
    assert beat_period(strokes - strokes.mean()) == period
    found = track_beats(strokes.repeat_interleave(2))
    assert (found - 17).remainder(period).unique().tolist() == [0]
    assert found.diff().unique().tolist() == [period]


def test_what_does_not_repeat_or_is_short_has_no_beats() -> None:
    noise = torch.rand(2000, generator=torch.Generator().manual_seed(0))
    assert beat_period(noise - noise.mean()) == 0
    assert track_beats(torch.ones(399)).shape == (0,)
