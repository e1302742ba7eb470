from __future__ import annotations

import pytest
import torch
from torch import nn

from app.audacitorch.archive.findings import find
from app.audacitorch.torchscript import compiled_functions
from app.audacitorch.trial.inspection import inspect_model
from tests.audacitorch.models import EFFECT, Bands, Gain, save
from tests.fixtures.models.catalogue import bad_models
from tests.fixtures.models.making import Targets


def helper(x: torch.Tensor) -> torch.Tensor:
    if bool(x.sum() > 1e9):
        print("loud")
    return x


class PrintsInside(nn.Module):
    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return helper(x)


class Random(nn.Module):
    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x + torch.randn_like(x)


class OnCuda(nn.Module):
    def forward(self, x: torch.Tensor) -> torch.Tensor:
        if bool(x.sum() > 1e9):
            return x.to(torch.device("cuda:0"))
        return x


def found(folder):
    return find(compiled_functions(folder / "model.pt"))


@pytest.mark.parametrize("module", [Gain(), Bands(), nn.LSTM(4, 4), nn.Dropout()])
def test_nothing_is_said_of_code_that_only_computes(tmp_path, module):
    assert found(save(module, EFFECT, tmp_path)) == ()


@pytest.mark.parametrize(
    "module, sentence",
    [
        (PrintsInside(), "Its code can print text, which is shown nowhere."),
        (
            Random(),
            "Its code can draw random numbers (aten::randn_like), so that its results may differ from run to run.",
        ),
        (OnCuda(), "Its code names a CUDA device, so that it may run on a GPU only."),
    ],
)
def test_what_code_can_do_beside_computing_is_told(tmp_path, module, sentence):
    assert found(save(module, EFFECT, tmp_path)) == (sentence,)


@pytest.mark.parametrize(
    "name, words",
    [
        ("reads_a_file", "files (aten::from_file)"),
        ("saves_a_tensor", "files (aten::save)"),
        ("loads_native_code", "native classes (_nnapi.Compilation)"),
    ],
)
def test_operators_of_hostile_models_are_told(tmp_path, name, words):
    bad_models()[name].make(tmp_path, Targets(*[tmp_path / "none"] * 5))
    assert any(words in sentence for sentence in found(tmp_path))


def test_the_profile_keeps_what_was_found(tmp_path):
    assert inspect_model(save(PrintsInside(), EFFECT, tmp_path)).warnings == (
        "Its code can print text, which is shown nowhere.",
    )
