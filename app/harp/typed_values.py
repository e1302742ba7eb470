"""Controls' values as a person types them: by name, in words."""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence

from app.errors import ControlError
from app.harp.controls import Control, ControlValue, MultiSelect, NumberBox, Slider, Toggle

_SWITCH_WORDS = {**dict.fromkeys(("true", "on", "yes", "1"), True), **dict.fromkeys(("false", "off", "no", "0"), False)}


def parse_named(controls: Sequence[Control], given: Mapping[str, object]) -> dict[str, ControlValue]:
    """Return a typed value for every control: the given one (by label or name, any case), else the default.

    Raises:
        ControlError: a name that is no control's, or a value that its control does not take.
    """
    values: dict[str, ControlValue] = {control.name: control.value for control in controls}
    for name, raw in given.items():
        wanted = name.strip().casefold()
        control = next((c for c in controls if wanted in (c.name.casefold(), c.label.casefold())), None)
        if control is None:
            known = ", ".join(f"“{c.label}”" for c in controls) or "none"
            raise ControlError(f"There is no control “{name[:40]}”; this model has: {known}.")
        values[control.name] = control.parse(_from_text(control, raw))
    return values


def _from_text(control: Control, raw: object) -> object:
    """Turn what a person typed into the type that the control's ``parse`` expects."""
    if not isinstance(raw, str):
        return raw
    if isinstance(control, Toggle):
        return _SWITCH_WORDS.get(raw.strip().lower(), raw)
    if isinstance(control, MultiSelect):
        # Commas stand between choices; a choice that holds one is put in quotes.
        (row,) = list(csv.reader([" ".join(raw.split())], skipinitialspace=True)) or [[]]
        return raw if raw in control.choices else [choice.strip() for choice in row]
    if isinstance(control, (Slider, NumberBox)):
        try:
            return float(raw)
        except ValueError:
            return raw
    return raw
