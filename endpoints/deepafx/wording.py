"""Settings as people read them."""

from __future__ import annotations

from endpoints.deepafx.chain import ChainPlan
from endpoints.effects.controls import decibels
from endpoints.effects.parameter import GAIN, Parameter


def value_text(parameter: Parameter, value: float) -> str:
    """Return a value with its unit.

    >>> value_text(Parameter("r", "Ratio", 1, 20, 1, ":1"), 4.02)
    '4:1'
    >>> value_text(Parameter("g", "Gain", 0.1, 10, 1, GAIN), 0.5)
    '-6 dB'
    >>> value_text(Parameter("f", "Frequency", 1, 90000, 1, "Hz"), 9123)
    '9120 Hz'
    """
    unit = parameter.unit
    if unit == GAIN:
        unit, value = ("dB", decibels(value)) if value > 0 else ("", value)
    if unit == "dB":
        return f"{round(value, 1) + 0.0:g} dB"
    digits = float(f"{value:.2g}" if abs(value) < 10 else f"{value:.3g}") + 0.0
    return f"{digits:g}{unit}" if unit.startswith(":") else f"{digits:g} {unit}".rstrip()


def knob_names(plan: ChainPlan) -> list[str]:
    """Return what people call each knob: its label, with its effect before it where another has the same."""
    labels = [parameter.label for parameter in plan.parameters]
    return [
        parameter.label if labels.count(parameter.label) == 1 else f"{link.name} {parameter.label}"
        for link in plan.links
        for parameter in link.learned
    ]
