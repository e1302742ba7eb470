"""A model whose weights are not float32 fails with a sentence that says so, whatever torch says of it."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from app.audacitorch.trial.inspection import inspect_model
from app.audacitorch.trial.weight_types import odd_types
from app.errors import ModelRunError
from tests.audacitorch.models import EFFECT, save

NAMES = {torch.float16: "float16 (half)", torch.bfloat16: "bfloat16", torch.float64: "float64 (double)"}


class Layer(nn.Module):
    """A layer that takes ``(batch, channels, samples)``."""

    def __init__(self, layer: nn.Module) -> None:
        super().__init__()
        self.layer = layer

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.layer(x[None])[0]


class Recurrent(nn.Module):
    """An LSTM over frames of 80 samples; torch names no type when it fails."""

    def __init__(self) -> None:
        super().__init__()
        self.cells = nn.LSTM(80, 80, batch_first=True)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        frames = nn.functional.pad(x, [0, -x.shape[1] % 80]).reshape(1, -1, 80)
        return self.cells(frames)[0].reshape(1, -1)[:, : x.shape[1]]


class Buffer(nn.Module):
    """A matrix that is no parameter."""

    def __init__(self) -> None:
        super().__init__()
        self.register_buffer("matrix", torch.eye(8))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        frames = nn.functional.pad(x, [0, -x.shape[1] % 8]).reshape(-1, 8)
        return (frames @ self.matrix).reshape(1, -1)[:, : x.shape[1]]


@pytest.mark.parametrize("dtype", NAMES)
@pytest.mark.parametrize(
    "module", [Layer(nn.Conv1d(1, 1, 3, padding=1)), Layer(nn.BatchNorm1d(1)), Recurrent(), Buffer()]
)
def test_the_type_of_the_weights_is_told_where_it_is_why(module, dtype, tmp_path):
    with pytest.raises(ModelRunError) as caught:
        inspect_model(save(module.to(dtype), EFFECT, tmp_path))
    assert caught.value.message == (
        f"The model fails on sound, which is float32, since its weights are {NAMES[dtype]}; "
        "its author should call .float() on the module before the export."
    )


class Converts(Layer):
    """Converts the sound first; wants one channel where that is asked for."""

    def __init__(self, channels: int) -> None:
        super().__init__(nn.Conv1d(1, 1, 1))
        self.channels = channels

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        assert x.shape[0] <= self.channels, "fewer channels are expected"
        return self.layer(x[None].to(self.layer.weight.dtype))[0].to(x.dtype)


def test_weights_that_are_not_why_are_not_blamed(tmp_path):
    with pytest.raises(ModelRunError, match=r"when it was tried on noise: fewer channels are expected\.$"):
        inspect_model(save(Converts(0).half(), EFFECT, tmp_path / "fails"))
    assert inspect_model(save(Converts(1).double(), EFFECT, tmp_path / "works")).rows == 1


class Constant(nn.Module):
    """No weights: the other type is made in ``forward``."""

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return torch.mm(torch.eye(1, dtype=torch.float64), x)


def test_another_type_elsewhere_is_told_as_such(tmp_path):
    sentence = r"tried on noise: it computes with float32 and float64 \(double\) numbers at once; its author should"
    with pytest.raises(ModelRunError, match=sentence):
        inspect_model(save(Constant(), EFFECT, tmp_path))


def test_whole_numbers_are_no_odd_type():
    assert odd_types([torch.zeros(1), torch.zeros(1, dtype=torch.int64), torch.zeros(1, dtype=torch.bool)]) == ""
    assert (
        odd_types(torch.zeros(1, dtype=dtype) for dtype in NAMES) == "bfloat16 and float16 (half) and float64 (double)"
    )
