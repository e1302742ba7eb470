"""A knob of an effect: its range, its default, and on which scale a turn of it is heard."""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import Enum

GAIN = "gain factor"
"""The unit of a factor of the sound's level: 1 leaves it as it is. People read it in dB."""


class Scale(Enum):
    """How equal turns of a knob move its value."""

    LINEAR = "linear"
    LOGARITHMIC = "logarithmic"
    """By equal ratios, as gains and frequencies are heard; the range is above 0."""
    INTEGER = "integer"
    TOGGLE = "toggle"
    """0 is off, 1 is on."""
    CHOICE = "choice"
    """One of ``choices``."""


@dataclass(frozen=True)
class Parameter:
    """One knob.

    Attributes:
        name: the key of its value; an LV2 port's symbol.
        label: what the user reads.
        minimum, maximum, default: in ``unit``.
        unit: such as ``"dB"``, ``"Hz"``, ``"ms"``; empty: a plain number.
        scale: how a turn moves it.
        choices: a value and its name each, where it is a choice.

    Raises:
        ValueError: the range is empty or not finite, the default lies outside, or it does not fit the scale.
    """

    name: str
    label: str
    minimum: float
    maximum: float
    default: float
    unit: str = ""
    scale: Scale = Scale.LINEAR
    choices: tuple[tuple[float, str], ...] = ()

    def __post_init__(self) -> None:
        if not all(map(math.isfinite, (self.minimum, self.maximum, self.default))):
            raise ValueError(f"the range of {self.name} is not finite")
        if not self.minimum <= self.default <= self.maximum or self.minimum == self.maximum:
            raise ValueError(f"the range of {self.name} is empty, or its default lies outside")
        if self.scale is Scale.LOGARITHMIC and self.minimum <= 0:
            raise ValueError(f"{self.name} is logarithmic, and its range reaches 0")
        if (self.scale is Scale.CHOICE) != bool(self.choices):
            raise ValueError(f"{self.name} has choices where it is none, or none where it is one")

    @property
    def continuous(self) -> bool:
        """Whether it can be turned by a little."""
        return self.scale in (Scale.LINEAR, Scale.LOGARITHMIC)

    def to_turn(self, value: float) -> float:
        """Return where a knob stands for a value, from 0 at the minimum to 1 at the maximum; clipped there.

        >>> gain = Parameter("gain", "Gain", 0.1, 10.0, 1.0, scale=Scale.LOGARITHMIC)
        >>> gain.to_turn(1.0), gain.to_turn(100.0)
        (0.5, 1.0)
        """
        value = min(max(value, self.minimum), self.maximum)
        if self.scale is Scale.LOGARITHMIC:
            return math.log(value / self.minimum) / math.log(self.maximum / self.minimum)
        return (value - self.minimum) / (self.maximum - self.minimum)

    def from_turn(self, turn: float) -> float:
        """Return the value at a place of the knob, 0 to 1; what cannot lie between two values takes the nearest.

        >>> Parameter("f", "Frequency", 20.0, 20000.0, 1000.0, "Hz", Scale.LOGARITHMIC).from_turn(2 / 3)
        2000.0
        """
        turn = min(max(turn, 0.0), 1.0)
        if self.scale is Scale.LOGARITHMIC:
            value = float(f"{self.minimum * (self.maximum / self.minimum) ** turn:.12g}")
            return min(max(value, self.minimum), self.maximum)
        value = self.minimum + turn * (self.maximum - self.minimum)
        if self.scale is Scale.CHOICE:
            return min((choice for choice, _ in self.choices), key=lambda choice: abs(choice - value))
        return value if self.continuous else float(round(value))
