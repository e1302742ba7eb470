"""The trial runs the module that jobs run, and notes where only the loaded one works."""

from __future__ import annotations

import numpy as np
import torch
from torch import nn

from app.audacitorch.inference import readiness
from app.audacitorch.inference.readiness import ReadyModel
from app.audacitorch.loading import load_model
from app.audacitorch.profile import read_profile
from app.audacitorch.torchscript import script
from app.audacitorch.trial.endpoint import Inspection, _jobs_run
from app.audacitorch.trial.inspection import inspect_model
from app.audacitorch.trial.watched import Watched
from app.endpoint import Region
from tests.audacitorch.models import EFFECT, Watch, save
from tests.fixtures.models.half import Half

CPU = torch.device("cpu")


class OneLength(nn.Module):
    """What a broken freezing may leave: right on the length that it is first tried with, and on no other."""

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        assert x.shape[1] == 20_000, "broken"
        return 0.5 * x


def test_the_trial_goes_on_with_the_frozen_module(tmp_path, monkeypatch):
    called = []
    real = ReadyModel.__call__
    monkeypatch.setattr(ReadyModel, "__call__", lambda self, x, **more: called.append(self.loaded) or real(self, x))
    profile = inspect_model(save(Half(), EFFECT, tmp_path), measured=True, jobs_run=_jobs_run)
    assert profile.unfrozen == ""
    assert called[0] is None, "the first call finds what the loaded module returns"
    assert len(called) > 10 and all(module is not None for module in called[1:])


def test_a_model_that_fails_when_it_is_frozen_is_noted_and_measured_as_it_is(tmp_path, monkeypatch):
    folder = save(Half(), EFFECT, tmp_path / "model")
    plain = inspect_model(folder)
    monkeypatch.setattr(readiness, "freeze", lambda module: script(OneLength()))
    (output,) = Inspection(str(folder)).process(Region((), tmp_path), {}, Watch())
    found = read_profile(output.path, folder)
    assert found is not None and found.unfrozen == "it fails when it is frozen"
    assert found.rows == plain.rows and found.calibration.depends == plain.calibration.depends == "context"
    assert found.calibration.length == "same"


class Short(nn.Module):
    """Fails on short sound, frozen or not."""

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        assert x.shape[1] >= 8000, "too short"
        return 0.5 * x


def test_a_failure_that_is_the_models_own_is_not_blamed_on_freezing(tmp_path):
    profile = inspect_model(save(Short(), EFFECT, tmp_path), measured=True, jobs_run=_jobs_run)
    assert profile.unfrozen == ""


def test_once_it_failed_the_frozen_module_is_called_no_more(tmp_path):
    module = load_model(save(Half(), EFFECT, tmp_path), "cpu")
    watched = Watched(module, ReadyModel(script(OneLength()), CPU, loaded=module))
    x = torch.from_numpy(np.ones((1, 300), np.float32))
    assert torch.equal(watched(x), 0.5 * x)
    assert watched.unfrozen == "it fails when it is frozen"
    watched._loaded = script(nn.Identity())
    assert torch.equal(watched(torch.ones(1, 20_000)), torch.ones(1, 20_000))
