from __future__ import annotations

from dataclasses import replace

import pytest
import torch
from torch import nn

from app.audacitorch import WaveformToWaveformBase
from app.audacitorch.profile import ModelProfile
from app.audacitorch.trial.inspection import inspect_model
from app.errors import ModelRunError
from tests.audacitorch.models import EFFECT, LABELER, Failing, Gain, MidSide, Rows, save


class OneChannel(WaveformToWaveformBase):
    def do_forward_pass(self, x: torch.Tensor) -> torch.Tensor:
        assert x.shape[0] == 1, "this model wants one channel"
        return x


class Patient(WaveformToWaveformBase):
    def do_forward_pass(self, x: torch.Tensor) -> torch.Tensor:
        assert x.shape[1] >= 40_000, "this model wants five seconds"
        return x


class Never(WaveformToWaveformBase):
    def do_forward_pass(self, x: torch.Tensor) -> torch.Tensor:
        assert x.shape[1] < 0, "never"
        return x


class Late(WaveformToWaveformBase):
    def do_forward_pass(self, x: torch.Tensor) -> torch.Tensor:
        return nn.functional.pad(x, [40, 0])[:, : x.shape[1]]


def uncalibrated(profile: ModelProfile) -> ModelProfile:
    return replace(profile, calibration=None)


def test_what_a_model_does_is_measured(models):
    assert uncalibrated(inspect_model(models / "gain")) == ModelProfile(False, 1, 1, False, 2.5)
    assert uncalibrated(inspect_model(models / "midside")) == ModelProfile(False, 4, 2, False, 2.5)
    assert inspect_model(models / "bands") == ModelProfile(True, 0, 1, True, 2.5, gradients=True)
    assert inspect_model(models / "indices") == ModelProfile(True, 0, 1, False, 2.5)
    assert inspect_model(models / "pulses") == ModelProfile(True, 0, 1, False, 2.5)


def test_an_effect_is_calibrated_and_a_labeler_is_not(models):
    assert inspect_model(models / "gain").calibration.bounded
    assert inspect_model(models / "bands").calibration is None


def test_a_late_result_is_told(tmp_path):
    profile = inspect_model(save(Late(nn.Identity()), EFFECT, tmp_path))
    assert profile.calibration.delay == 40
    assert profile.warnings == ("The model returns its result 40 samples late, which is taken back.",)


def test_rows_are_counted_whatever_the_labels_say(tmp_path):
    assert inspect_model(save(Rows(5), EFFECT, tmp_path)).rows == 5


def test_channels_other_than_stated_are_found_with_a_warning(tmp_path):
    profile = inspect_model(save(MidSide(nn.Identity()), EFFECT, tmp_path / "a"))
    assert (profile.channels, profile.rows) == (2, 4)
    assert profile.warnings == ("The metadata does not say multichannel, but the model takes two channels.",)
    profile = inspect_model(save(OneChannel(nn.Identity()), {**EFFECT, "multichannel": True}, tmp_path / "b"))
    assert (profile.channels, profile.rows) == (1, 1)
    assert profile.warnings == ("The metadata says multichannel, but the model takes one channel only.",)


def test_a_kind_other_than_stated_is_found_with_a_warning(tmp_path, models):
    profile = inspect_model(save(Gain(), LABELER, tmp_path / "a"))
    assert not profile.labels
    assert profile.warnings == ("The effect type is waveform-to-labels, but the model returns a waveform.",)
    (tmp_path / "b").mkdir()
    (tmp_path / "b" / "model.pt").write_bytes((models / "bands" / "model.pt").read_bytes())
    (tmp_path / "b" / "metadata.json").write_text('{"sample_rate": 8000}')
    profile = inspect_model(tmp_path / "b")
    assert profile.labels
    assert profile.warnings == ()


def test_a_model_that_wants_a_longer_input_is_tried_with_it(tmp_path):
    assert inspect_model(save(Patient(nn.Identity()), EFFECT, tmp_path)).seconds == 10.0


def test_a_model_that_never_works_says_why(tmp_path):
    with pytest.raises(ModelRunError) as caught:
        inspect_model(save(Never(nn.Identity()), EFFECT, tmp_path))
    assert caught.value.message == "The model failed when it was tried on noise: never."


def test_noise_is_quiet_enough_for_every_model(tmp_path):
    assert inspect_model(save(Failing(nn.Identity()), EFFECT, tmp_path)).rows == 1
