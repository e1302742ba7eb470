from __future__ import annotations

import inspect

import pytest
import torch

from app.audacitorch import WaveformToWaveformBase
from tests.audacitorch.driven import Driven
from tests.audacitorch.models import Gain


def test_forward_takes_what_do_forward_pass_takes():
    assert list(inspect.signature(Driven.forward).parameters)[1:4] == ["x", "gain", "mode"]
    assert list(inspect.signature(Gain.forward).parameters) == ["self", "x"]
    with pytest.raises(ValueError, match="the input has 1 dimensions"):
        Driven()(torch.ones(8), gain=1.0)


@pytest.mark.parametrize(
    "method, sentence",
    [
        (lambda self, x, gain: x, "“gain” is of no type that can be shown"),
        (lambda self, x, *, gain=1.0: x, "“gain” is no plain argument"),
    ],
)
def test_an_argument_that_is_no_control_is_refused_where_the_class_is_written(method, sentence):
    with pytest.raises(TypeError, match=sentence):
        type("Wrong", (WaveformToWaveformBase,), {"do_forward_pass": method})


def test_a_value_needs_a_default_of_its_type():
    with pytest.raises(TypeError, match="“gain” has no default"):

        class Without(WaveformToWaveformBase):
            def do_forward_pass(self, x: torch.Tensor, gain: float) -> torch.Tensor:
                return x * gain

    with pytest.raises(TypeError, match="“gain” is a float, and its default is a str"):

        class Other(WaveformToWaveformBase):
            def do_forward_pass(self, x: torch.Tensor, gain: float = "1") -> torch.Tensor:  # type: ignore[assignment]
                return x
