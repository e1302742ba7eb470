"""Parameters as controls, and back."""

from __future__ import annotations

import math
import struct

import pytest

from app.harp.controls import Dropdown, Slider, Toggle
from endpoints.effects.controls import controls_of, values_of
from endpoints.effects.parameter import GAIN, Parameter, Scale

THRESHOLD = Parameter("threshold", "Threshold", 0.000976563, 1.0, 0.125, GAIN, Scale.LOGARITHMIC)
ATTACK = Parameter("attack", "Attack", 0.01, 2000.0, 20.0, "ms", Scale.LOGARITHMIC)
ODD = Parameter("odd", "Odd", 0.3, 17.7, 3.14159, "Hz")
STAGES = Parameter("stages", "Stages", 1.0, 8.0, 4.0, "", Scale.INTEGER)
ON = Parameter("on", "On", 0.0, 1.0, 1.0, "", Scale.TOGGLE)
SHAPE = Parameter("shape", "Shape", 0.0, 2.0, 2.0, "", Scale.CHOICE, ((0.0, "Soft"), (2.0, "Hard")))
ALL = (THRESHOLD, ATTACK, ODD, STAGES, ON, SHAPE)


def test_each_kind_of_parameter_has_its_control() -> None:
    threshold, attack, odd, stages, on, shape = controls_of(ALL)
    assert isinstance(threshold, Slider) and threshold.unit == "dB"
    assert (threshold.minimum, threshold.maximum, threshold.step, threshold.value) == (-60.3, 0.0, 0.1, -18.1)
    assert isinstance(attack, Slider)
    assert (attack.minimum, attack.maximum, attack.step, attack.value) == (0.0, 2000.0, 0.2, 20.0)
    assert isinstance(odd, Slider)
    assert (odd.minimum, odd.maximum, odd.step, odd.value) == (0.3, 17.7, 0.01, 3.14)
    assert isinstance(stages, Slider) and (stages.minimum, stages.maximum, stages.step) == (1.0, 8.0, 1.0)
    assert isinstance(on, Toggle) and on.value is True
    assert isinstance(shape, Dropdown) and shape.choices == ("Soft", "Hard") and shape.value == "Hard"
    for control in (threshold, attack, odd):
        assert control.unit in control.info


def test_what_nobody_turns_has_its_default_exactly_also_after_32_bits() -> None:
    controls = controls_of(ALL)
    sent = {
        control.name: control.parse(
            struct.unpack("<f", struct.pack("<f", control.value))[0] if isinstance(control, Slider) else control.value
        )
        for control in controls
    }
    assert values_of(ALL, sent) == {parameter.name: parameter.default for parameter in ALL}


def test_what_is_turned_is_what_comes() -> None:
    turned = {"threshold": -6.0, "attack": 0.2, "odd": 9.87, "stages": 2.0, "on": False, "shape": "Soft"}
    values = values_of(ALL, turned)
    assert values.pop("threshold") == pytest.approx(10 ** (-6 / 20))
    assert values == {"attack": 0.2, "odd": 9.87, "stages": 2.0, "on": 0.0, "shape": 0.0}
    # Between two positions, from the command line.
    assert values_of((ATTACK,), {"attack": 20.05}) == {"attack": 20.05}


def test_the_ends_of_a_slider_are_those_of_the_parameter() -> None:
    ends = values_of((THRESHOLD, ATTACK), {"threshold": -60.3, "attack": 0.0})
    assert ends == {"threshold": 0.000976563, "attack": 0.01}


def test_labels_differ_whatever_a_plugin_calls_its_ports() -> None:
    names = ("Input", "input", "In\n\tput", "x" * 200, "")
    made = controls_of([Parameter(f"p{n}", label, 0.0, 1.0, 0.5) for n, label in enumerate(names)])
    assert [control.label for control in made] == ["Input", "input (p1)", "In put", "x" * 60, "p4"]


@pytest.mark.parametrize("scale", [Scale.LINEAR, Scale.LOGARITHMIC])
@pytest.mark.parametrize("low", [1e-9, 0.001, 0.5, 20.0, 1e6])
@pytest.mark.parametrize("factor", [1.001, 3.0, 1e3, 1e9])
def test_every_range_makes_a_slider(scale: Scale, low: float, factor: float) -> None:
    parameter = Parameter("p", "P", low, low * factor, low * math.sqrt(factor), "Hz", scale)
    (control,) = controls_of([parameter])
    assert isinstance(control, Slider) and control.step > 0
    assert control.minimum < control.maximum and control.minimum <= control.value <= control.maximum
    assert values_of([parameter], {"p": control.parse(control.value)}) == {"p": parameter.default}
    assert values_of([parameter], {"p": control.maximum})["p"] == pytest.approx(parameter.maximum)
