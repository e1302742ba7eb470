from __future__ import annotations

import io
import pickle
import zipfile
from pathlib import Path

import pytest
import torch
from torch import nn

from app.audacitorch.torchscript import save_archive, script
from endpoints.bundled.torchscript_tensors import read_torchscript


class Nested(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.layers = nn.Sequential(nn.Conv1d(2, 3, 5), nn.ReLU(), nn.Linear(4, 2, bias=False))
        self.register_buffer("counts", torch.arange(6).view(2, 3).t())
        self.register_buffer("nothing", torch.zeros(0))
        self.register_buffer("short", torch.rand(3).half())
        self.rate = 16000.0
        self.names = ["a", "b"]

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.layers(x) * self.rate


def test_every_tensor_is_read_in_its_shape_and_type(tmp_path: Path) -> None:
    module = Nested()
    save_archive(script(module), tmp_path / "model.pt")
    found = read_torchscript((tmp_path / "model.pt").read_bytes())
    wanted = module.state_dict()
    assert found.keys() == wanted.keys()
    for name, tensor in wanted.items():
        torch.testing.assert_close(found[name], tensor, rtol=0, atol=0)


def test_a_pickle_that_would_run_something_is_refused(tmp_path: Path) -> None:
    class Harm:
        def __reduce__(self) -> tuple[object, ...]:
            return Path.touch, (tmp_path / "harmed",)

    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        archive.writestr("net/data.pkl", pickle.dumps(Harm()))
    with pytest.raises(ValueError, match=r"no archive of tensors: .* is no tensor"):
        read_torchscript(content.getvalue())
    assert not (tmp_path / "harmed").exists()


@pytest.mark.parametrize("content", [b"", b"something else", b"PK\x05\x06" + bytes(18)])
def test_anything_else_is_refused(content: bytes) -> None:
    with pytest.raises(ValueError, match="no archive of tensors"):
        read_torchscript(content)
