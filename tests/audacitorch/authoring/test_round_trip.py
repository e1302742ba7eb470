"""Both ways between this project and the real ``audacitorch`` package, 0.0.4."""

from __future__ import annotations

import random
from importlib.metadata import version
from pathlib import Path

import audacitorch
import numpy as np
import pytest
import torch
from audacitorch import utils
from torch import nn

from app.audacitorch import export
from app.audacitorch.inference.forward import forward_labels, forward_waveform
from app.audacitorch.loading import load_model
from app.audacitorch.metadata import read_metadata
from app.audacitorch.torchscript import script
from app.audacitorch.trial.inspection import inspect_model
from tests.audacitorch.driven import DRIVEN, Driven
from tests.audacitorch.models import EFFECT, LABELER, Bands, Gain, Rows, noise
from tests.audacitorch.published import Enhancer, Speech, Stereo, TwoGains

pytestmark = pytest.mark.filterwarnings("ignore:`torch.jit:DeprecationWarning")
CPU = torch.device("cpu")


class Effect(audacitorch.WaveformToWaveformBase):
    """The package's own checks around a model of ours."""

    def do_forward_pass(self, x: torch.Tensor) -> torch.Tensor:
        return self.model(x)


class Labeler(audacitorch.WaveformToLabelsBase):
    def do_forward_pass(self, x: torch.Tensor):
        return self.model(x)


def test_it_is_the_real_package():
    assert version("audacitorch") == "0.0.4"


@pytest.mark.parametrize(
    "module, metadata, rows",
    [
        (TwoGains, {**EFFECT, "labels": ["a", "b"]}, 2),
        (Enhancer, EFFECT, 1),
        (Stereo, {**EFFECT, "multichannel": True}, 2),
        (Speech, {**LABELER, "labels": ["no", "yes"]}, 0),
    ],
)
def test_its_models_pass_our_loader(tmp_path, module, metadata, rows):
    utils.save_model(script(module(nn.Identity())), metadata, tmp_path)
    model, profile = load_model(tmp_path, "cpu"), inspect_model(tmp_path)
    assert read_metadata(tmp_path).warnings == ()
    assert (profile.rows, profile.labels, profile.arguments) == (rows, rows == 0, ())
    x = noise(profile.channels, 8_000)
    with torch.inference_mode():
        expected = module(nn.Identity())(torch.from_numpy(x))
    if profile.labels:
        assert np.array_equal(forward_labels(model, x, CPU)[0], expected[0].numpy())
    else:
        assert np.array_equal(forward_waveform(model, x, CPU), expected.numpy())


@pytest.mark.parametrize(
    "module, metadata", [(Gain(), EFFECT), (Rows(2), {**EFFECT, "labels": ["a", "b"]}), (Driven(), DRIVEN)]
)
def test_our_effects_pass_its_checks_and_its_test_run(tmp_path: Path, module, metadata):
    folder = export(module, metadata, tmp_path / "model", licence="mit")
    random.seed(0)
    wrapped = Effect(torch.jit.load(folder / "model.pt"))
    utils.test_run(wrapped)
    utils.save_model(script(wrapped), metadata, tmp_path / "again")
    x = torch.rand(1, 4_000)
    assert torch.equal(load_model(tmp_path / "again", "cpu")(x), load_model(folder, "cpu")(x))


def test_our_labelers_pass_its_checks_and_its_test_run(tmp_path):
    folder = export(Bands(probabilities=False), LABELER, tmp_path / "model", licence="mit")
    random.seed(0)
    utils.test_run(Labeler(torch.jit.load(folder / "model.pt")))
