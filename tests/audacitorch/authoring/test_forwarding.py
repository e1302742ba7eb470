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
        (lambda self, x, gain: x, "“gain” states no type, as in “gain: float = 1.0”"),
        (lambda self, x, *, gain=1.0: x, "“gain” is keyword-only or variadic"),
        (lambda self, x, torch=1.0: x, "“torch” is no name that TorchScript keeps"),
        (lambda self, x, größe=1.0: x, "“größe” is no name that TorchScript keeps"),  # noqa: PLC2401
        (lambda self: self, "do_forward_pass takes no waveform"),
    ],
)
def test_an_argument_that_is_no_control_is_refused_where_the_class_is_written(method, sentence):
    with pytest.raises(TypeError, match=sentence):
        type("Wrong", (WaveformToWaveformBase,), {"do_forward_pass": method})


def test_an_optional_number_is_refused_with_what_is_expected():
    with pytest.raises(TypeError, match="“gain” is of a type that no control can show; float, int, bool, str or"):

        class Optional(WaveformToWaveformBase):
            def do_forward_pass(self, x: torch.Tensor, gain: float | None = None) -> torch.Tensor:
                return x


def test_a_static_method_has_controls_too():
    class Static(WaveformToWaveformBase):
        @staticmethod
        def do_forward_pass(x: torch.Tensor, gain: float = 1.0) -> torch.Tensor:  # type: ignore[override]
            return x * gain

    assert list(inspect.signature(Static.forward).parameters) == ["self", "x", "gain"]


def test_a_value_needs_a_default_of_its_type():
    with pytest.raises(TypeError, match="“gain” has no default"):

        class Without(WaveformToWaveformBase):
            def do_forward_pass(self, x: torch.Tensor, gain: float) -> torch.Tensor:
                return x * gain

    with pytest.raises(TypeError, match="“gain” is declared as float, and its default is of the type str"):

        class Other(WaveformToWaveformBase):
            def do_forward_pass(self, x: torch.Tensor, gain: float = "1") -> torch.Tensor:  # type: ignore[assignment]
                return x
