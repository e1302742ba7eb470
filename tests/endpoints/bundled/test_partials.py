from __future__ import annotations

import pytest
import torch

from endpoints.bundled.frames import magnitudes
from endpoints.bundled.labeler_examples import frequency
from endpoints.bundled.partials import partial_bins, partials_level, with_neighbours

RATE, SIZE = 22050, 1024


def test_bins_are_those_of_the_multiples_and_one_beyond_where_there_is_none() -> None:
    bins = partial_bins(torch.tensor([45, 69, 100]), RATE, SIZE, 8, 6000.0)
    for row, midi in zip(bins.tolist(), (45, 69, 100), strict=True):
        for k, place in enumerate(row, start=1):
            hertz = k * frequency(midi)
            assert place == (round(hertz * SIZE / RATE) if hertz < 6000 else SIZE // 2 + 1)


def test_level_is_that_of_the_own_partials() -> None:
    """Two tones at once, a fifth and 6 dB apart: each is heard by itself."""
    time = torch.arange(RATE) / RATE
    x = 0.5 * torch.sin(2 * torch.pi * frequency(60) * time) + 0.25 * torch.sin(2 * torch.pi * frequency(67) * time)
    wide = with_neighbours(magnitudes(x, torch.hann_window(SIZE), 256))
    bins = partial_bins(torch.tensor([60, 67, 63]), RATE, SIZE, 1, 6000.0)
    frames = torch.full((3,), 40)
    level = partials_level(wide, frames, bins)
    assert float(level[0] / level[1]) == pytest.approx(2.0, rel=0.15)
    high = partial_bins(torch.tensor([107]), RATE, SIZE, 8, 6000.0)
    assert float(partials_level(wide, frames[:1], high)) == pytest.approx(0.0, abs=5e-3)
