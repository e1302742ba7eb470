from __future__ import annotations

import numpy as np
import pytest
import torch

from endpoints.bundled.tempo_fit import SLOWEST, TempoFit

RATE = 44100


@pytest.fixture(scope="module")
def fit() -> TempoFit:
    return TempoFit(RATE).eval()


def clicks(tempo: float, seconds: float) -> np.ndarray:
    sound = np.zeros(int((seconds + 1) * RATE))
    burst = np.random.default_rng(0).standard_normal(1600) * np.exp(-np.arange(1600) / 300)
    for at in np.arange(0.1, seconds, 60 / tempo):
        sound[int(at * RATE) : int(at * RATE) + 1600] += burst
    return sound[: int(seconds * RATE)].astype(np.float32)


@pytest.mark.parametrize("tempo", [70, 97, 120, 133, 160])
def test_even_clicks_have_their_tempo(fit: TempoFit, tempo: int) -> None:
    with torch.inference_mode():
        found = fit(torch.from_numpy(clicks(tempo, 20.0)), 20)
    assert found.shape == (20, 201)
    assert (SLOWEST + found.argmax(1)).tolist() == pytest.approx([tempo] * 20, abs=1)


def test_each_second_has_the_tempo_of_the_beats_around_it_gaps_left_out(fit: TempoFit) -> None:
    beats = torch.tensor([*np.arange(0, 30, 0.5), *np.arange(32, 60, 0.4)], dtype=torch.float32)
    found = fit.around_seconds(beats, 80)
    assert found[:22].tolist() == pytest.approx([120.0] * 22, abs=0.1)
    assert found[40:60].tolist() == pytest.approx([150.0] * 20, abs=0.1)
    assert not found[70:].any()


def test_no_tempo_in_too_little_sound(fit: TempoFit) -> None:
    assert not fit(torch.from_numpy(clicks(120, 1.5)), 2).any()
