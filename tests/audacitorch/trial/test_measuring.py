from __future__ import annotations

import pytest
import torch
from torch import nn

from app.audacitorch import WaveformToWaveformBase
from app.audacitorch.trial.inspection import inspect_model
from app.errors import ModelRunError
from tests.audacitorch.models import EFFECT, RATE, save


class Doubler(WaveformToWaveformBase):
    """Holds a copy of its input of twice the size for a moment."""

    def do_forward_pass(self, x: torch.Tensor) -> torch.Tensor:
        return torch.cat([x, x], dim=1)[:, : x.shape[1]]


class Longer(WaveformToWaveformBase):
    """Wants a second at least, and no more than so many."""

    def __init__(self, most: float) -> None:
        super().__init__(nn.Identity())
        self.most = int(most * RATE)

    def do_forward_pass(self, x: torch.Tensor) -> torch.Tensor:
        assert x.shape[1] >= 8000, "too short for this model"
        assert x.shape[1] <= self.most, "too long for this model"
        return x


def test_speed_and_memory_are_measured_in_a_trial_only(tmp_path):
    folder = save(Doubler(nn.Identity()), EFFECT, tmp_path)
    assert inspect_model(folder).speed == 0
    profile = inspect_model(folder, measured=True)
    assert profile.speed > 10, "this model does next to nothing"
    ten_seconds = 4 * 10 * RATE
    assert 2 * ten_seconds <= profile.memory <= 5 * ten_seconds


def test_a_labeler_is_measured_too(models):
    profile = inspect_model(models / "bands", measured=True)
    assert profile.speed > 1 and profile.memory > 0


def test_what_is_too_short_gets_silence_as_a_short_region_does(tmp_path):
    assert inspect_model(save(Longer(30), EFFECT, tmp_path), measured=True).speed > 0


def test_a_model_that_fails_on_ten_seconds_is_refused(tmp_path):
    folder = save(Longer(5), EFFECT, tmp_path)
    with pytest.raises(ModelRunError, match=r"^The model failed when it was tried on noise: too long for this model"):
        inspect_model(folder, measured=True)
