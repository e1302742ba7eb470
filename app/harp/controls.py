"""What HARP shows beside a model: tracks to send, controls to turn.

A control parses what a client sends (:meth:`parse`) into a typed value or raises
:class:`~app.errors.ControlError` with a sentence that names the control and what it expects.
"""

from __future__ import annotations

import math
import struct
from dataclasses import dataclass
from typing import Union

from app.errors import ControlError

ControlValue = Union[float, bool, str, tuple[str, ...]]


def _single_precision(value: float) -> float:
    """Return ``value`` after the trip through 32-bit floats that HARP's clients take."""
    try:
        result: float = struct.unpack("<f", struct.pack("<f", value))[0]
    except OverflowError:
        return math.copysign(math.inf, value)
    return result


def _parse_number(label: str, unit: str, minimum: float, maximum: float, step: float, raw: object) -> float:
    """Read a number in ``[minimum, maximum]``; undo the rounding of a trip through 32 bits."""
    expected = f"a number from {minimum:g} to {maximum:g}{f' ({unit})' if unit else ''}"
    if isinstance(raw, bool) or not isinstance(raw, (int, float)):
        raise ControlError(f"{label} expects {expected}, not {_quoted(raw)}.")
    try:
        value = float(raw)
    except OverflowError:
        value = math.inf
    if not math.isfinite(value):
        raise ControlError(f"{label} expects {expected}, not {_quoted(raw)}.")
    tolerance = 1e-6 * max(abs(minimum), abs(maximum), 1.0)
    if not minimum - tolerance <= value <= maximum + tolerance:
        raise ControlError(f"{label} expects {expected}, not {value:g}.")
    value = min(max(value, minimum), maximum)
    steps = (value - minimum) / step if step > 0 else math.inf
    # A step so fine that a number cannot count them is no grid.
    if math.isfinite(steps):
        on_grid = round(minimum + round(steps) * step, 12)
        if on_grid != value and _single_precision(on_grid) == _single_precision(value):
            value = min(max(on_grid, minimum), maximum)
    return value


def _quoted(raw: object) -> str:
    text = " ".join(str(raw).split())
    return f"“{text[:40]}…”" if len(text) > 40 else f"“{text}”"


@dataclass(frozen=True)
class _Number:
    """A number in a range.

    Attributes:
        name: the key under which an endpoint finds the value.
        label: what the user reads beside it.
        info: help: what it does and what its extremes do, with the unit.
        unit: the value's unit, such as ``"percent"`` or ``"seconds"``; it stands in ``info`` too. Empty: none.
        minimum, maximum, step, value: the range, its grid and the default, in that unit.
    """

    name: str
    label: str
    info: str
    unit: str
    minimum: float
    maximum: float
    step: float
    value: float

    def parse(self, raw: object) -> float:
        """Return the number that a client sent, within the range, or raise ControlError."""
        return _parse_number(self.label, self.unit, self.minimum, self.maximum, self.step, raw)


class Slider(_Number):
    """A number in a range, drawn as a slider: name, label, info, unit, minimum, maximum, step, value."""


class NumberBox(_Number):
    """A number in a range, typed in: name, label, info, unit, minimum, maximum, step, value."""


@dataclass(frozen=True)
class Toggle:
    """An on/off switch."""

    name: str
    label: str
    info: str
    value: bool

    def parse(self, raw: object) -> bool:
        """Return the state that a client sent, or raise ControlError."""
        if isinstance(raw, bool):
            return raw
        if isinstance(raw, (int, float)) and raw in (0, 1):
            return bool(raw)
        raise ControlError(f"{self.label} expects true or false, not {_quoted(raw)}.")


@dataclass(frozen=True)
class Dropdown:
    """One of a few choices; the name that is shown is the value that is sent.

    Raises:
        ValueError: no choices (HARP would drop it, and shift every value after it), or a default that is none of them.
    """

    name: str
    label: str
    info: str
    choices: tuple[str, ...]
    value: str

    def __post_init__(self) -> None:
        if self.value not in self.choices:
            raise ValueError(f"the default of “{self.label}” is none of its choices")

    def parse(self, raw: object) -> str:
        """Return the choice that a client sent, or raise ControlError."""
        if isinstance(raw, str) and raw in self.choices:
            return raw
        expected = ", ".join(f"“{choice}”" for choice in self.choices)
        raise ControlError(f"{self.label} expects one of {expected}, not {_quoted(raw)}.")


@dataclass(frozen=True)
class MultiSelect:
    """Any number of a few choices; the name that is shown is the value that is sent.

    HARP up to 3.1 draws it as a :class:`Dropdown` with nothing chosen: it sends one choice, or an empty text for the
    default.

    Raises:
        ValueError: no choices, an empty one or one twice, or a default that is none of them.
    """

    name: str
    label: str
    info: str
    choices: tuple[str, ...]
    value: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if not self.choices or "" in self.choices or len(set(self.choices)) < len(self.choices):
            raise ValueError(f"“{self.label}” needs choices that differ, none of them empty")
        if not set(self.value) <= set(self.choices):
            raise ValueError(f"a default of “{self.label}” is none of its choices")

    def parse(self, raw: object) -> tuple[str, ...]:
        """Return the choices that a client sent, each once and in the control's order, or raise ControlError."""
        if raw == "":
            return self.value
        sent = [raw] if isinstance(raw, str) else raw
        expected = ", ".join(f"“{choice}”" for choice in self.choices)
        if not isinstance(sent, (list, tuple)):
            raise ControlError(f"{self.label} expects a list of any of {expected}, not {_quoted(raw)}.")
        for choice in sent:
            if choice not in self.choices:
                raise ControlError(f"{self.label} expects any of {expected}, not {_quoted(choice)}.")
        return tuple(choice for choice in self.choices if choice in sent)


@dataclass(frozen=True)
class TextBox:
    """A line of text."""

    name: str
    label: str
    info: str
    value: str = ""
    longest: int = 2000

    def parse(self, raw: object) -> str:
        """Return the text that a client sent, at most ``longest`` characters, or raise ControlError."""
        if not isinstance(raw, str):
            raise ControlError(f"{self.label} expects text, not {_quoted(raw)}.")
        if len(raw) > self.longest:
            raise ControlError(f"{self.label} expects at most {self.longest} characters, not {len(raw)}.")
        return raw


@dataclass(frozen=True)
class AudioTrack:
    """A stretch of sound, sent or returned.

    ``file_types`` of an output are extensions such as ``".wav"``, one of which what comes back always has.
    """

    label: str
    info: str
    required: bool = True
    file_types: tuple[str, ...] = ()


@dataclass(frozen=True)
class MidiTrack:
    """A MIDI file, sent or returned."""

    label: str
    info: str
    required: bool = True


@dataclass(frozen=True)
class FileTrack:
    """Any other file, sent or returned; ``file_types`` are extensions such as ``".txt"``."""

    label: str
    info: str
    required: bool = True
    file_types: tuple[str, ...] = ()


@dataclass(frozen=True)
class LabelTrack:
    """Labels, returned."""

    label: str
    info: str


@dataclass(frozen=True)
class TextTrack:
    """Text, returned. HARP has no place for it, and gets it as a label (see :func:`app.harp.labels.text_label`)."""

    label: str
    info: str


Control = Union[Slider, NumberBox, Toggle, Dropdown, MultiSelect, TextBox]
Track = Union[AudioTrack, MidiTrack, FileTrack]
Input = Union[Track, Control]
Output = Union[Track, LabelTrack, TextTrack]

TRACKS = (AudioTrack, MidiTrack, FileTrack)
CONTROLS = (Slider, NumberBox, Toggle, Dropdown, MultiSelect, TextBox)
