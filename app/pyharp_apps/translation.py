"""What an app built with Gradio's components, in HARP's words: the inputs and outputs of an endpoint."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from app.errors import ModelFormatError
from app.harp.card import ModelCard
from app.harp.controls import (
    TRACKS,
    AudioTrack,
    Dropdown,
    FileTrack,
    Input,
    LabelTrack,
    MidiTrack,
    MultiSelect,
    NumberBox,
    Output,
    Slider,
    TextBox,
    TextTrack,
    Toggle,
)
from app.harp.tags import kind_tags
from app.pyharp_apps.stand_ins.components import (
    JSON,
    Audio,
    Checkbox,
    CheckboxGroup,
    Component,
    File,
    Number,
    Radio,
    Textbox,
)
from app.pyharp_apps.stand_ins.components import Dropdown as DropdownComponent
from app.pyharp_apps.stand_ins.components import Slider as SliderComponent
from app.pyharp_apps.stand_ins.pyharp import Built
from app.pyharp_apps.stand_ins.taxonomy import tag_words

_MIDI = (".mid", ".midi")
_UNIT = re.compile(r"[(\[]([^()\[\]]{1,30})[)\]]\s*$")
_LONGEST_TEXT = 2000
_WIDEST = 1_000_000.0
_FINE = 0.001

UNUSED = AudioTrack(
    "Input Audio", "This model needs no sound: whatever is here is left alone, and its results take its name.", False
)
"""What HARP sends to an app that takes no file: every client has a track to send, and older ones always send it."""


@dataclass(frozen=True)
class Described:
    """An app's endpoint.

    Attributes:
        card: what a user reads.
        inputs: one for each input of the app, in order; then :data:`UNUSED`, where none of them is a track.
        outputs: one for each value that it returns, in order.
    """

    card: ModelCard
    inputs: tuple[Input, ...]
    outputs: tuple[Output, ...]


def described(built: Built) -> Described:
    """Return an app's endpoint in HARP's words.

    Raises:
        ModelFormatError: it holds something for which HARP has no word.
    """
    names: set[str] = set()
    inputs = tuple(_input(component, names) for component in built.inputs)
    outputs = tuple(_output(component) for component in built.outputs)
    if not outputs:
        raise ModelFormatError("It returns nothing: build_endpoint got no output components.")
    card = _card(built.card, kind_tags(inputs, outputs))
    if not any(isinstance(item, TRACKS) for item in inputs):
        inputs = (*inputs, UNUSED)
    return Described(card, inputs, outputs)


def _card(card: Any, kinds: Sequence[str]) -> ModelCard:
    """Return an app's card; one that HARP places among others gets the tags of what goes in and out, too."""
    tags = getattr(card, "tags", None)
    listed = [_text(tag) for tag in tag_words(tags)] if isinstance(tags, (list, tuple)) else []
    if any(tag.startswith("category:") for tag in listed):
        listed += [kind for kind in kinds if kind not in listed]
    about = str(getattr(card, "description", "") or "").strip()
    return ModelCard(
        _text(getattr(card, "name", "")) or "A pyharp app",
        _text(getattr(card, "author", "")) or "unknown",
        about[:2000] or "An app written for pyharp.",
        tuple(tag for tag in listed if tag),
    )


def _text(value: object) -> str:
    return " ".join(str("" if value is None else value).split())[:200]


def _input(component: Any, names: set[str]) -> Input:
    make = _maker(component, _INPUTS)
    label = _text(component.label) or type(component).__name__
    name, number = label, 2
    while name in names:
        name, number = f"{label} {number}", number + 1
    names.add(name)
    try:
        made: Input = make(component, name, label, _text(component.info) or f"{label}.")
    except (ValueError, TypeError, OverflowError) as error:
        raise ModelFormatError(f"Its input “{label}” makes no sense: {error}.") from None
    return made


def _output(component: Any) -> Output:
    make = _maker(component, _OUTPUTS)
    label = _text(component.label) or type(component).__name__
    made: Output = make(component, label, label, _text(component.info) or f"{label}.")
    return made


def _maker(component: Any, makers: dict[type[Component], Callable[..., Any]]) -> Callable[..., Any]:
    if not isinstance(component, Component):
        raise ModelFormatError(f"It has a {type(component).__name__} where a component of Gradio is expected.")
    for kind, make in makers.items():
        if isinstance(component, kind):
            return make
    side, known = ("input", _INPUTS) if makers is _INPUTS else ("output", _OUTPUTS)
    names = ", ".join(kind.__name__ for kind in known)
    raise ModelFormatError(
        f"HARP has nothing to show for {side} “{_text(component.label)}” (gr.{type(component).__name__}); "
        f"it knows {names}."
    )


def _audio(component: Any, _name: str, label: str, info: str) -> Input:
    if component.type != "filepath":
        raise ModelFormatError(
            f"Its sound “{label}” is of type “{_text(component.type)}”; gr.Audio(type='filepath') is expected."
        )
    return AudioTrack(label, info, bool(component.is_harp_required))


def _file(component: Any, _name: str, label: str, info: str) -> Input:
    given = component.file_types
    kinds = [given] if isinstance(given, str) else list(given or ())
    endings = [f".{str(kind).lower().lstrip('.')}" for kind in kinds]
    required = bool(component.is_harp_required)
    if any(ending in _MIDI for ending in endings):
        return MidiTrack(label, info, required)
    # "audio" and the like are kinds of files rather than endings.
    exact = tuple(ending for ending, kind in zip(endings, kinds) if str(kind).startswith("."))
    return FileTrack(label, info, required, exact if len(exact) == len(endings) else ())


def unit_of(label: str, info: str) -> str:
    """Return the unit that a label or a help text ends with in brackets, as people write it.

    >>> unit_of("Pitch Shift (semitones)", "")
    'semitones'
    """
    found = _UNIT.search(label) or _UNIT.search(info.rstrip("."))
    return found.group(1).strip() if found else "number"


def _slider(component: Any, name: str, label: str, info: str) -> Input:
    least, most = _number(component.minimum, 0.0), _number(component.maximum, 100.0)
    if not least < most:
        raise ValueError(f"its range is from {least:g} to {most:g}")
    step = _number(component.step, 10.0 ** math.floor(math.log10(most - least) - 2))
    start = _number(_started(component.value), least)
    return Slider(name, label, info, unit_of(label, info), least, most, step, min(max(start, least), most))


def _number_box(component: Any, name: str, label: str, info: str) -> Input:
    least, most = _number(component.minimum, -_WIDEST), _number(component.maximum, _WIDEST)
    if not least <= most:
        raise ValueError(f"its range is from {least:g} to {most:g}")
    step = _number(component.step, 1.0 if component.precision == 0 else _FINE)
    start = _number(_started(component.value), min(max(0.0, least), most))
    return NumberBox(name, label, info, unit_of(label, info), least, most, step, min(max(start, least), most))


def _number(value: object, default: float) -> float:
    if value is None:
        return default
    number = float(value)  # type: ignore[arg-type]
    if not math.isfinite(number):
        raise ValueError("it has a number that is not finite")
    return number


def _started(value: Any) -> Any:
    """Return a default, which may be a function that makes one."""
    return value() if callable(value) else value


def _toggle(component: Any, name: str, label: str, info: str) -> Input:
    return Toggle(name, label, info, bool(_started(component.value)))


def _text_box(component: Any, name: str, label: str, info: str) -> Input:
    longest = component.max_length if isinstance(component.max_length, int) else _LONGEST_TEXT
    start = _started(component.value)
    return TextBox(name, label, info, "" if start is None else str(start), max(longest, 1))


def choices_of(component: Any) -> dict[str, Any]:
    """Return what each choice stands for, by the name that is shown."""
    choices: dict[str, Any] = {}
    for choice in component.choices or ():
        pair = isinstance(choice, (list, tuple)) and len(choice) == 2
        shown, value = choice if pair else (choice, choice)
        if str(shown):
            choices.setdefault(str(shown), value)
    return choices


def _selection(component: Any, name: str, label: str, info: str) -> Input:
    choices = choices_of(component)
    if not choices:
        raise ValueError("it has no choices")
    start = _started(component.value)
    if component.multiselect:
        wanted: Sequence[Any] = start if isinstance(start, (list, tuple)) else [] if start is None else [start]
        chosen = tuple(shown for shown, value in choices.items() if value in wanted or shown in wanted)
        return MultiSelect(name, label, info, tuple(choices), chosen)
    shown = next((shown for shown, value in choices.items() if start is not None and start in (value, shown)), None)
    return Dropdown(name, label, info, tuple(choices), next(iter(choices)) if shown is None else shown)


def _labels(_component: Any, _name: str, label: str, info: str) -> Output:
    return LabelTrack(label, info)


def _told(_component: Any, _name: str, label: str, info: str) -> Output:
    return TextTrack(label, info)


_FILES: dict[type[Component], Callable[..., Any]] = {Audio: _audio, File: _file}
_INPUTS: dict[type[Component], Callable[..., Any]] = {
    **_FILES,
    SliderComponent: _slider,
    Number: _number_box,
    Checkbox: _toggle,
    Textbox: _text_box,
    DropdownComponent: _selection,
    Radio: _selection,
    CheckboxGroup: _selection,
}
_OUTPUTS: dict[type[Component], Callable[..., Any]] = {**_FILES, JSON: _labels, Textbox: _told}
