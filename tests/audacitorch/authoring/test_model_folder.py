from __future__ import annotations

import json

import pytest
import torch
from torch import nn

from app.audacitorch import WaveformToWaveformBase, export_model
from app.audacitorch.loading import load_model
from app.audacitorch.metadata import read_metadata
from app.errors import ModelFormatError
from tests.audacitorch.models import EFFECT, Gain


class NotScriptable(WaveformToWaveformBase):
    def do_forward_pass(self, x: torch.Tensor) -> torch.Tensor:
        return eval("x")


class Trained(WaveformToWaveformBase):
    def do_forward_pass(self, x: torch.Tensor) -> torch.Tensor:
        return x * 0 + (1.0 if self.training else 2.0)


def test_what_is_exported_loads_without_a_warning(tmp_path):
    folder = export_model(Gain(0.25), EFFECT, tmp_path / "new" / "gain", readme="# Gain\n", licence="cc0-1.0")
    assert sorted(path.name for path in folder.iterdir()) == ["README.md", "metadata.json", "model.pt"]
    assert sorted(path.name for path in folder.parent.iterdir()) == ["gain"]
    assert (folder / "README.md").read_text() == "---\ntags: audacity\nlicense: cc0-1.0\n---\n\n# Gain\n"
    assert json.loads((folder / "metadata.json").read_text()) == EFFECT
    metadata = read_metadata(folder)
    assert metadata.licence == "cc0-1.0"
    assert metadata.warnings == ()
    x = torch.rand(1, 100)
    assert torch.equal(load_model(folder, "cpu")(x), 0.25 * x)


def test_an_export_replaces_the_model_and_keeps_what_else_is_there(tmp_path):
    export_model(Gain(0.25), EFFECT, tmp_path)
    (tmp_path / "example.wav").write_bytes(b"sound")
    export_model(Gain(0.75), EFFECT, tmp_path)
    assert (tmp_path / "example.wav").read_bytes() == b"sound"
    assert float(load_model(tmp_path, "cpu")(torch.ones(1, 8))[0, 0]) == 0.75


def test_a_module_is_exported_in_eval_mode(tmp_path):
    module = Trained(nn.Identity())
    assert module.training
    export_model(module, EFFECT, tmp_path)
    assert float(load_model(tmp_path, "cpu")(torch.ones(1, 8))[0, 0]) == 2.0


def test_metadata_that_deviate_are_refused_and_nothing_is_written(tmp_path):
    with pytest.raises(ModelFormatError, match="short_description has 61 characters; the format allows 60"):
        export_model(Gain(), {**EFFECT, "short_description": "x" * 61}, tmp_path / "gain")
    with pytest.raises(ModelFormatError, match="has no sample_rate"):
        export_model(Gain(), {}, tmp_path / "gain")
    assert list(tmp_path.iterdir()) == []


def test_a_module_that_does_not_compile_is_refused_and_nothing_is_written(tmp_path):
    with pytest.raises(ModelFormatError, match=r"^The module does not compile as TorchScript: ") as caught:
        export_model(NotScriptable(nn.Identity()), EFFECT, tmp_path / "gain")
    assert "\n" not in caught.value.message
    assert str(tmp_path) not in caught.value.message
    assert list(tmp_path.iterdir()) == []
