"""The ``controls`` list of metadata.json: how the arguments of ``forward`` are shown. Standard library only.

Everything in it is optional, and an entry that is wrong costs itself only: the argument is shown without it.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

from app.audacitorch.arguments.declared import LARGEST_NUMBER, MOST_ARGUMENTS

_KEYS = ("argument", "label", "help", "unit", "minimum", "maximum", "step", "choices")
_TEXTS = {"label": 60, "help": 300, "unit": 30}
_MOST_CHOICES = 100
_LONGEST_CHOICE = 100
_FINEST_STEP = 1e-9
"""No client shows a finer one."""


@dataclass(frozen=True)
class ControlHint:
    """What an author says of one argument.

    Attributes:
        argument: its name in ``forward``.
        label, help, unit: what the user reads; ``""`` when missing.
        minimum, maximum, step: of a number, in that unit; ``None`` when missing.
        choices: what a text may be; empty: anything.
    """

    argument: str
    label: str = ""
    help: str = ""
    unit: str = ""
    minimum: float | None = None
    maximum: float | None = None
    step: float | None = None
    choices: tuple[str, ...] = ()


def read_hints(raw: object, warnings: list[str]) -> tuple[ControlHint, ...]:
    """Read the list leniently; a sentence is added to ``warnings`` for whatever in it has no plain meaning."""
    if raw is None:
        return ()
    if not isinstance(raw, list):
        warnings.append("controls is not a list; a list of objects, one for each argument of forward, is expected.")
        return ()
    if len(raw) > MOST_ARGUMENTS:
        warnings.append(f"There are {len(raw)} controls; the first {MOST_ARGUMENTS} are read.")
    hints: dict[str, ControlHint] = {}
    for number, entry in enumerate(raw[:MOST_ARGUMENTS], start=1):
        name = entry.get("argument") if isinstance(entry, Mapping) else None
        if not isinstance(entry, Mapping) or not isinstance(name, str) or not name.isidentifier():
            warnings.append(f"Entry {number} of controls names no argument; {{“argument”: its name, …}} is expected.")
        elif name in hints:
            warnings.append(f"controls has two entries for “{_shown(name)}”; the first counts.")
        else:
            hints[name] = _hint(name, entry, warnings)
    return tuple(hints.values())


def _hint(name: str, entry: Mapping[str, object], warnings: list[str]) -> ControlHint:
    about = f"The control “{_shown(name)}”"
    unknown = [_shown(str(key)) for key in entry if key not in _KEYS]
    warnings += [f"{about} has the key “{key}”, which means nothing." for key in unknown]
    texts = {key: _text(entry.get(key), longest, f"{about} has a {key}", warnings) for key, longest in _TEXTS.items()}
    numbers = {key: _number(entry.get(key), f"{about} has a {key}", warnings) for key in ("minimum", "maximum", "step")}
    lowest, highest, step = numbers["minimum"], numbers["maximum"], numbers["step"]
    if lowest is not None and highest is not None and lowest >= highest:
        warnings.append(f"{about} goes from {lowest:g} to {highest:g}; a minimum below the maximum is expected.")
        lowest = highest = None
    if step is not None and step < _FINEST_STEP:
        warnings.append(f"{about} has the step {step:g}; a number from {_FINEST_STEP:g} on is expected.")
        step = None
    choices = _choices(entry.get("choices"), about, warnings)
    return ControlHint(name, texts["label"], texts["help"], texts["unit"], lowest, highest, step, choices)


def _text(raw: object, longest: int, about: str, warnings: list[str]) -> str:
    if raw is None:
        return ""
    if not isinstance(raw, str):
        warnings.append(f"{about} that is not text.")
        return ""
    text = _clean(raw)
    if len(text) > longest:
        warnings.append(f"{about} of {len(text)} characters; {longest} are shown.")
        text = text[: longest - 1] + "…"
    return text


def _number(raw: object, about: str, warnings: list[str]) -> float | None:
    if raw is None:
        return None
    if isinstance(raw, bool) or not isinstance(raw, (int, float)):
        warnings.append(f"{about} that is not a number.")
        return None
    if isinstance(raw, float) and math.isnan(raw):
        warnings.append(f"{about} that is not a number.")
        return None
    if abs(raw) > LARGEST_NUMBER:  # a whole number may be beyond every float
        warnings.append(f"{about} beyond {LARGEST_NUMBER:g}.")
        return None
    return float(raw)


def _choices(raw: object, about: str, warnings: list[str]) -> tuple[str, ...]:
    if raw is None:
        return ()
    if not isinstance(raw, list) or not raw or not all(isinstance(choice, str) for choice in raw):
        warnings.append(f"{about} has choices that are not a list of texts.")
        return ()
    if any(choice != _clean(choice) or not 1 <= len(choice) <= _LONGEST_CHOICE for choice in raw):
        warnings.append(f"{about} has a choice that is empty, longer than {_LONGEST_CHOICE} characters or not plain.")
        return ()
    if len(set(raw)) != len(raw) or len(raw) > _MOST_CHOICES:
        warnings.append(f"{about} has a choice twice, or more than {_MOST_CHOICES}.")
        return ()
    return tuple(raw)


def _clean(text: str) -> str:
    """Return text on one line, of characters that can be shown."""
    shown = "".join(character if character.isprintable() else " " for character in text)
    return " ".join(shown.split())


def _shown(text: str) -> str:
    text = _clean(text)
    return text if len(text) <= 40 else text[:39] + "…"
