"""The control ports of an LV2 plugin as parameters."""

from __future__ import annotations

from endpoints.effects.lv2 import words
from endpoints.effects.lv2.description import Description, Kind, Port
from endpoints.effects.parameter import GAIN, Parameter, Scale

_UNITS = {
    "hz": "Hz",
    "khz": "kHz",
    "mhz": "MHz",
    "db": "dB",
    "pc": "%",
    "s": "s",
    "ms": "ms",
    "min": "min",
    "bar": "bars",
    "beat": "beats",
    "frame": "samples",
    "bpm": "BPM",
    "cent": "cents",
    "semitone12TET": "semitones",
    "oct": "octaves",
    "degree": "°",
    "m": "m",
    "cm": "cm",
    "mm": "mm",
    "km": "km",
    "inch": "inches",
    "mile": "miles",
    "coef": "",
    "midiNote": "MIDI note",
}
"""LV2's own units, by the last part of their URIs."""

_LOUD = ("G",)
"""Symbols that plugins give to a unit of their own: a factor of the sound's level."""
_LOUD_NAMES = ("gain", "level", "threshold", "limit", "volume", "makeup", "knee", "input", "output")
"""Words of names. Calf's plugins state no unit for a factor of the sound's level: a control without one whose range
holds 1 and lies above 0 is taken for that where its name has such a word."""
_EVEN = ("dB", "cents", "semitones", "octaves", "°", "MIDI note", "%")
"""Units of which equal steps are heard as equal, or that are shares."""
_WIDE = 16.0
"""A range above 0 whose end is so many times its start is turned by ratios, also where the plugin does not say so."""
_FLOOR = 1e-4
"""Of a logarithmic range that starts at 0: as a share of its default, or of its end; of a gain that is -80 dB."""


def parameters_of(description: Description, rate: int) -> tuple[tuple[int, Parameter], ...]:
    """Return the parameters of a plugin, each with the number of its port; one that cannot be turned is left out.

    Args:
        description: the plugin.
        rate: of the sound, in Hz: some ranges are shares of it.
    """
    found = []
    for number, port in enumerate(description.ports):
        hidden = port.properties & {words.NOT_SHOWN, words.TRIGGER}
        if port.kind is Kind.CONTROL and port.is_input and not hidden:
            parameter = _parameter(port, rate)
            if parameter is not None:
                found.append((number, parameter))
    return tuple(found)


def resting(port: Port, rate: int) -> float:
    """Return the value of a control that nobody turns: its default, else what lies nearest to 0 in its range."""
    factor = float(rate) if words.OF_RATE in port.properties else 1.0
    if port.default is not None:
        return port.default * factor
    low = port.minimum if port.minimum is not None else 0.0
    high = port.maximum if port.maximum is not None else max(low, 0.0)
    return min(max(0.0, low), high) * factor


def _parameter(port: Port, rate: int) -> Parameter | None:
    factor = float(rate) if words.OF_RATE in port.properties else 1.0
    default = resting(port, rate)
    low = default if port.minimum is None else port.minimum * factor
    high = default if port.maximum is None else port.maximum * factor
    if words.TOGGLED in port.properties:
        return Parameter(port.symbol, port.name, 0.0, 1.0, float(default > 0), "", Scale.TOGGLE)
    if port.minimum is None and port.maximum is None and not port.points:
        low, high = min(default, 0.0), max(default, 1.0)
    if words.ENUMERATION in port.properties and len(port.points) > 1:
        return _choice(port, default)
    low, high = min(low, default), max(high, default)
    if low >= high:
        return None
    unit = "Hz" if factor != 1.0 and not port.unit else _unit(port.unit)
    if not port.unit and 0 < low <= 1 <= high and any(word in port.name.lower() for word in _LOUD_NAMES):
        unit = GAIN
    if words.INTEGER in port.properties or words.ENUMERATION in port.properties:
        low, high, default = float(round(low)), float(round(high)), float(round(default))
        unit = "" if unit == GAIN else unit
        return Parameter(port.symbol, port.name, low, high, default, unit, Scale.INTEGER) if low < high else None
    if words.LOGARITHMIC in port.properties and high > 0:
        low = low if low > 0 else _FLOOR * (default if default > 0 else high)
        return Parameter(port.symbol, port.name, low, high, max(low, default), unit, Scale.LOGARITHMIC)
    wide = low > 0 and (unit == GAIN or (high >= _WIDE * low and unit not in _EVEN))
    return Parameter(port.symbol, port.name, low, high, default, unit, Scale.LOGARITHMIC if wide else Scale.LINEAR)


def _choice(port: Port, default: float) -> Parameter:
    # Two points of one value or one name are one choice, or two that a person can tell apart.
    values: dict[float, str] = {}
    names: list[str] = []
    for value, label in port.points:
        if value not in values:
            name = label.strip() or f"{value:g}"
            values[value] = name if name not in names else f"{name} ({value:g})"
            names.append(values[value])
    nearest = min(values, key=lambda value: abs(value - default))
    return Parameter(port.symbol, port.name, min(values), max(values), nearest, "", Scale.CHOICE, tuple(values.items()))


def _unit(unit: str) -> str:
    if unit.startswith(words.UNITS):
        return _UNITS.get(unit.removeprefix(words.UNITS), "")
    return GAIN if unit in _LOUD else unit[:20]
