"""The mask as a picture: what was let through stands where it sounded."""

from __future__ import annotations

import numpy as np
import pytest

from endpoints.tagbox.mask_meter import BANDS, MaskMeter


@pytest.mark.parametrize("block", [999, 50_000])
def test_a_low_tone_stands_below_and_a_high_one_above_each_at_its_time(block: int) -> None:
    rate, seconds = 16000, 4
    time = np.arange(rate * seconds) / rate
    low, high = np.sin(2 * np.pi * 200 * time), np.sin(2 * np.pi * 5000 * time)
    low[time < 2] = 0
    source = np.stack([low + high] * 2)
    brought = np.stack([low + 0.5 * high] * 2)
    meter = MaskMeter(rate, source.shape[1])
    for start in range(0, source.shape[1], block):
        meter.push(brought[:, start : start + block], source[:, start : start + block])
    picture = np.array(meter.picture())
    assert picture.shape == (BANDS, 16)
    edges = np.geomspace(60, 8000, BANDS)
    below, above = np.searchsorted(edges, 200), np.searchsorted(edges, 5000)
    assert picture[below, 9:].min() > 0.95 and picture[below, :7].max() == 0
    assert picture[above] == pytest.approx(0.25, abs=0.01)
    assert picture[0, 2:7].max() == 0, "where nothing sounds, nothing is let through"


def test_an_hour_is_no_wider_than_a_page_and_silence_is_empty() -> None:
    meter = MaskMeter(8000, 3600 * 8000)
    for _ in range(36):
        meter.push(np.ones((1, 800_000), np.float32), np.ones((1, 800_000), np.float32))
    assert len(meter.picture()[0]) in (240, 241)
    silent = MaskMeter(8000, 100)
    silent.push(np.zeros((2, 100)), np.zeros((2, 100)))
    assert not np.any(silent.picture())
    assert MaskMeter(8000, 0).picture() == [[]] * BANDS
