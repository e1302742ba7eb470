"""From the further arguments of a model's ``forward`` to tracks and controls, and back. Standard library only."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from app.audacitorch.arguments.declared import LARGEST_NUMBER, LONGEST_TEXT, WAVEFORM_KIND, Argument, Value
from app.audacitorch.arguments.hints import ControlHint
from app.harp.controls import AudioTrack, Control, Dropdown, NumberBox, Slider, TextBox, Toggle

BUILT_IN = {
    "channels": "Channels",
    "wet": "Wet",
    "above": "Band above",
    "threshold": "Confidence threshold",
    "drop_uncertain": "Drop uncertain labels",
    "join": "Join equal neighbours",
    "minimum_duration": "Minimum duration",
}
"""The names and labels of the controls that every model of its kind has; an author's own are told from them."""

_FINEST = 1e-6
_STEPS = 200
"""Steps of a slider whose author gave none."""


@dataclass(frozen=True)
class OwnInputs:
    """What a model adds to the usual inputs.

    Attributes:
        tracks: one for each further waveform, in order.
        controls: one for each further value, in order.
        settings: the values of every argument to try the model with, beside the defaults: the extremes of each number,
            the other state of each switch, each choice.
        warnings: what of the author's hints was left out, one sentence each.
    """

    tracks: tuple[AudioTrack, ...] = ()
    controls: tuple[Control, ...] = ()
    settings: tuple[Mapping[str, Value], ...] = ()
    warnings: tuple[str, ...] = ()


def own_inputs(arguments: Sequence[Argument], hints: Sequence[ControlHint]) -> OwnInputs:
    """Return the tracks and controls of a model's further arguments.

    Args:
        arguments: what its ``forward`` takes.
        hints: what its metadata say of them.
    """
    by_name = {hint.argument: hint for hint in hints}
    warnings = [
        f"controls names “{hint.argument}”, which the model's forward does not take."
        for hint in hints
        if hint.argument not in {argument.name for argument in arguments}
    ]
    tracks: list[AudioTrack] = []
    controls: list[Control] = []
    settings: list[Mapping[str, Value]] = []
    taken = {label.casefold() for label in (*BUILT_IN.values(), "Input Audio")}
    for argument in arguments:
        hint = by_name.get(argument.name, ControlHint(argument.name))
        label = _free_label(hint.label or _spoken(argument.name), taken)
        if argument.kind == WAVEFORM_KIND:
            tracks.append(_track(argument, label, hint))
            continue
        control = _control(argument, label, hint, warnings)
        controls.append(control)
        settings += [{argument.name: argument.typed(value)} for value in _extremes(control)]
    return OwnInputs(tuple(tracks), tuple(controls), tuple(settings), tuple(warnings))


def argument_values(arguments: Sequence[Argument], values: Mapping[str, Any]) -> dict[str, Value]:
    """Return the value of each argument that a job's controls set; what they do not set keeps its default."""
    return {
        argument.name: argument.typed(values[control_name(argument)])
        for argument in arguments
        if argument.kind != WAVEFORM_KIND and control_name(argument) in values
    }


def control_name(argument: Argument) -> str:
    """Return the name of an argument's control: its own, unless a built-in control has that."""
    return f"model_{argument.name}" if argument.name in BUILT_IN else argument.name


def _track(argument: Argument, label: str, hint: ControlHint) -> AudioTrack:
    info = hint.help or "A further sound for the model."
    needed = "" if argument.required else " It may be left out."
    return AudioTrack(label, f"{_sentence(info)} It is cut, or followed by silence, to the input's length.{needed}",
                      required=argument.required)  # fmt: skip


def _control(argument: Argument, label: str, hint: ControlHint, warnings: list[str]) -> Control:
    name, default = control_name(argument), argument.default
    told = hint.help or f"The model's own control “{argument.name}”."
    if isinstance(default, bool):
        return Toggle(name, label, told, default)
    if isinstance(default, str):
        if not hint.choices:
            return TextBox(name, label, told, default, LONGEST_TEXT)
        if default in hint.choices:
            return Dropdown(name, label, told, hint.choices, default)
        warnings.append(f"The default of “{argument.name}” is none of its choices; any text is taken.")
        return TextBox(name, label, told, default, LONGEST_TEXT)
    assert default is not None
    return _number(argument, float(default), label, hint, warnings)


def _number(argument: Argument, default: float, label: str, hint: ControlHint, warnings: list[str]) -> Control:
    whole = argument.kind == "int"
    if hint.choices:
        warnings.append(f"The control “{argument.name}” is a number; its choices are left out.")
    lowest, highest = hint.minimum, hint.maximum
    if (lowest is not None and default < lowest) or (highest is not None and default > highest):
        warnings.append(f"The default of “{argument.name}” is {default:g}, out of its own range, which is left out.")
        lowest = highest = None
    if whole and any(number is not None and not number.is_integer() for number in (lowest, highest, hint.step)):
        warnings.append(f"“{argument.name}” is a whole number; a minimum, maximum or step that is none is left out.")
        lowest, highest = (
            None if number is None or not number.is_integer() else number for number in (lowest, highest)
        )
    step = hint.step if hint.step is not None and (not whole or hint.step.is_integer()) else None
    kind = Slider if lowest is not None and highest is not None else NumberBox
    least = -LARGEST_NUMBER if lowest is None else lowest
    most = LARGEST_NUMBER if highest is None else highest
    if step is None:
        step = 1.0 if whole else (_tidy((most - least) / _STEPS) if kind is Slider else _FINEST)
    unit = hint.unit or ("whole number" if whole else "number")
    told = hint.help or f"The model's own control “{argument.name}”."
    if hint.unit and hint.unit.casefold() not in told.casefold():
        told = f"{_sentence(told)} In {hint.unit}."
    return kind(control_name(argument), label, told, unit, least, most, step, default)


def _tidy(step: float) -> float:
    """Return the power of ten at or below a step.

    >>> _tidy(0.005), _tidy(100)
    (0.001, 100.0)
    """
    return float(f"1e{int(f'{step:e}'.partition('e')[2])}")


def _extremes(control: Control) -> list[Any]:
    if isinstance(control, Slider):
        return [value for value in (control.minimum, control.maximum) if value != control.value]
    if isinstance(control, Toggle):
        return [not control.value]
    if isinstance(control, Dropdown):
        return [choice for choice in control.choices if choice != control.value]
    return []


def _spoken(name: str) -> str:
    """Return an argument's name as a label.

    >>> _spoken("dry_gain_dB")
    'Dry gain dB'
    """
    words = " ".join(name.split("_")).strip() or name
    return words[0].upper() + words[1:]


def _free_label(label: str, taken: set[str]) -> str:
    """Return a label that no other input has, and mark it as taken."""
    free, number = label, 2
    if free.casefold() in taken:
        free = f"{label} (model)"
    while free.casefold() in taken:
        free, number = f"{label} {number}", number + 1
    taken.add(free.casefold())
    return free


def _sentence(text: str) -> str:
    return text if text[-1] in ".!?…" else f"{text}."
