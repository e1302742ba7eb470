from __future__ import annotations

import numpy as np
import pytest
import torch

from endpoints.bundled.tempo_fit import SLOWEST, TempoFit

RATE = 22050


def clicks(tempo: float, seconds: float) -> np.ndarray:
    sound = np.zeros(int((seconds + 1) * RATE))
    burst = np.random.default_rng(0).standard_normal(800) * np.exp(-np.arange(800) / 150)
    for at in np.arange(0.1, seconds, 60 / tempo):
        sound[int(at * RATE) : int(at * RATE) + 800] += burst
    return sound[: int(seconds * RATE)].astype(np.float32)


@pytest.mark.parametrize("tempo", [70, 88, 97, 120, 133, 160])
def test_even_clicks_have_their_tempo(tempo: int) -> None:
    fit = TempoFit()(torch.from_numpy(clicks(tempo, 20.0)), 20)
    assert fit.shape == (20, 201)
    assert (SLOWEST + fit.argmax(1)).tolist() == pytest.approx([tempo] * 20, abs=1)


def test_echoes_are_those_of_numpy() -> None:
    model = TempoFit()
    strength = torch.randn(2400, generator=torch.Generator().manual_seed(0))
    found = model.echoes(strength, 24)
    begin = int(12 * model.frames) - int(8 * model.frames)
    stretch = strength[begin : begin + found_length(model)].numpy().astype(np.float64)
    for lag in (0, 1, 50, 333):
        wanted = (stretch[lag:] * stretch[: len(stretch) - lag]).sum() / (stretch**2).sum()
        assert found[12, lag].item() == pytest.approx(wanted / (1 - lag / len(stretch)), abs=1e-4)


def found_length(model: TempoFit) -> int:
    """Frames that are heard around each second."""
    return 2 * int(model.frames * model.around) + int(model.frames)


def test_no_tempo_in_too_little_sound() -> None:
    assert not TempoFit()(torch.from_numpy(clicks(120, 3.0)), 3).any()
