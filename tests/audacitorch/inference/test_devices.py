from __future__ import annotations

import pytest
import torch

from app.audacitorch.inference.devices import choose_device
from app.errors import SettingsError


@pytest.mark.parametrize(
    "cuda, mps, expected", [(True, True, "cuda"), (True, False, "cuda"), (False, True, "mps"), (False, False, "cpu")]
)
def test_auto_takes_cuda_then_mps_then_the_cpu(monkeypatch, cuda, mps, expected):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: cuda)
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: mps)
    assert choose_device("auto") == torch.device(expected)


def test_a_device_by_its_name(monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 2)
    assert choose_device("cpu") == torch.device("cpu")
    assert choose_device("cuda:1") == torch.device("cuda", 1)
    with pytest.raises(SettingsError, match="no device “cuda:2”"):
        choose_device("cuda:2")


@pytest.mark.parametrize("name", ["gpu", "", "meta", "cuda:x", "xpu"])
def test_an_unknown_device_is_refused(name):
    with pytest.raises(SettingsError, match="auto, cpu, cuda, cuda:N or mps is expected"):
        choose_device(name)


@pytest.mark.skipif(torch.cuda.is_available(), reason="needs a machine without CUDA")
def test_a_device_that_is_not_there_is_refused():
    with pytest.raises(SettingsError, match="This machine has no device “cuda”"):
        choose_device("cuda")
