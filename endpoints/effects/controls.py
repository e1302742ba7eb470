"""An effect's parameters as the controls that a user turns, and back."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from app.harp.controls import Control, ControlValue, Dropdown, Slider, Toggle
from endpoints.effects.parameter import GAIN, Parameter, Scale

_POSITIONS = 1000
_FINEST = 1_000_000
"""How many positions a slider has, about; and at most, where small values of a wide range count like large ones."""

_DECIBELS = 0.1
"""Between two positions of a gain's slider."""

_LONGEST = 60
"""Characters of a label."""


def controls_of(parameters: Sequence[Parameter]) -> tuple[Control, ...]:
    """Return a control for each parameter, in order, each with another label: sliders, switches, lists of choices."""
    labels: list[str] = []
    for parameter in parameters:
        label = " ".join(parameter.label.split())[:_LONGEST] or parameter.name
        taken = {other.casefold() for other in labels}
        labels.append(label if label.casefold() not in taken else f"{label} ({parameter.name})")
    return tuple(map(_control, parameters, labels))


def values_of(parameters: Sequence[Parameter], controls: Mapping[str, ControlValue]) -> dict[str, float]:
    """Return the value of each parameter in its own unit.

    What nobody turned has its default exactly, also where that lies between two positions of its slider.

    Args:
        parameters: of the effect.
        controls: the values of the controls that :func:`controls_of` makes of them.
    """
    return {parameter.name: _value(parameter, controls[parameter.name]) for parameter in parameters}


def decibels(factor: float) -> float:
    """Return a factor of the level in dB.

    >>> round(decibels(2.0), 2)
    6.02
    """
    return 20 * math.log10(factor)


def _control(parameter: Parameter, label: str) -> Control:
    if parameter.scale is Scale.TOGGLE:
        on = parameter.default > 0.5
        return Toggle(parameter.name, label, f"On or off; the plugin starts with it {'on' if on else 'off'}.", on)
    if parameter.scale is Scale.CHOICE:
        names = dict(parameter.choices)
        default = names[parameter.default]
        info = f"One of {len(names)}; the plugin starts with “{default}”."
        return Dropdown(parameter.name, label, info, tuple(names.values()), default)
    unit, low, high, value, step = _shown(parameter)
    told = "In dB (0 dB is the factor 1)" if parameter.unit == GAIN else f"In {unit}" if unit else "A plain number"
    info = f"{told}, from {low:g} to {high:g}; the plugin starts with {value:g}."
    return Slider(parameter.name, label, info, unit, low, high, step, value)


def _shown(parameter: Parameter) -> tuple[str, float, float, float, float]:
    """Return unit, range, default and step of a slider; its positions are multiples of the step, its ends perhaps a
    little beyond the parameter's.
    """
    low, high, value, unit = parameter.minimum, parameter.maximum, parameter.default, parameter.unit
    if unit == GAIN and low > 0:
        low, high, value, unit, step = decibels(low), decibels(high), decibels(value), "dB", _DECIBELS
    elif parameter.scale is Scale.INTEGER:
        step = 1.0
    else:
        step = (high - low) / _POSITIONS
        if parameter.scale is Scale.LOGARITHMIC:
            step = min(step, max(value / 100, (high - low) / _FINEST))
        step = _round(step)
    digits = max(0, -math.floor(math.log10(step) + 1e-9))
    grid = (math.floor(low / step + 1e-6), math.ceil(high / step - 1e-6), round(value / step))
    low, high, value = (round(count * step, digits) + 0.0 for count in grid)
    return unit, low, high, value, step


def _round(step: float) -> float:
    """Return the next lower of 1, 2 and 5 times a power of ten.

    >>> _round(0.37), _round(12.0), _round(0.9999999999)
    (0.2, 10.0, 1.0)
    """
    power = math.floor(math.log10(step))
    steps = [float(f"{digit}e{power + up}") for up in (-1, 0, 1) for digit in (1, 2, 5)]
    return max(candidate for candidate in steps if candidate <= step * (1 + 1e-9))


def _value(parameter: Parameter, given: ControlValue) -> float:
    if parameter.scale is Scale.TOGGLE:
        return float(bool(given))
    if parameter.scale is Scale.CHOICE:
        return next(value for value, name in parameter.choices if name == given)
    assert isinstance(given, (int, float))
    unit, _, _, rest, step = _shown(parameter)
    if abs(given - rest) < step / 1000:
        return parameter.default
    value = 10 ** (given / 20) if parameter.unit == GAIN and unit == "dB" else float(given)
    return min(max(value, parameter.minimum), parameter.maximum)
