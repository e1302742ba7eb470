"""What a model's ``forward`` takes beside its waveform: the names, kinds and defaults. Standard library only.

An extension of the format: numbers, switches and texts with a default become controls, further waveforms become
tracks. Who calls ``forward(x)``, as other programs of the format do, gets the defaults.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Union, cast

Value = Union[float, bool, str]

WAVEFORM_KIND = "waveform"
_TYPES: dict[str, type[float] | type[str]] = {"float": float, "int": int, "bool": bool, "str": str}
KINDS = (*_TYPES, WAVEFORM_KIND)

MOST_ARGUMENTS = 64
LONGEST_TEXT = 2000
"""Characters of a text's default."""
LARGEST_NUMBER = 1e9
"""Numbers beyond this, and those that are none, cannot be set: no client could show them."""


@dataclass(frozen=True)
class Argument:
    """One further argument of ``forward``.

    Attributes:
        name: as in the author's source.
        kind: ``"float"``, ``"int"``, ``"bool"``, ``"str"`` or ``"waveform"``.
        default: of that type; ``None`` for a waveform.
        required: whether a waveform must be given; everything else has a default.
    """

    name: str
    kind: str
    default: Value | None = None
    required: bool = False

    def typed(self, value: Any) -> Value:
        """Return a control's value in the type that TorchScript wants."""
        if self.kind == "int":
            whole: int = round(value)
            return whole
        return cast("Value", _TYPES[self.kind](value))


def settable(kind: str, default: object) -> bool:
    """Whether an argument's default is one that a control can hold."""
    if type(default) is not _TYPES.get(kind):
        return False
    if isinstance(default, str):
        return len(default) <= LONGEST_TEXT
    return not isinstance(default, (int, float)) or abs(default) <= LARGEST_NUMBER


def waveforms(arguments: Sequence[Argument]) -> tuple[Argument, ...]:
    """Return the further waveforms, in order."""
    return tuple(argument for argument in arguments if argument.kind == WAVEFORM_KIND)


def arguments_from_json(records: object) -> tuple[Argument, ...]:
    """Read arguments as ``dataclasses.asdict`` wrote them.

    Raises:
        ValueError, TypeError: no such list.
    """
    if not isinstance(records, (list, tuple)) or len(records) > MOST_ARGUMENTS:
        raise TypeError("not a list of arguments")
    return tuple(_argument(record) for record in records)


def _argument(record: object) -> Argument:
    if not isinstance(record, Mapping) or not isinstance(record.get("name"), str):
        raise TypeError("not an argument")
    argument = Argument(**record)
    if argument.kind not in KINDS or not argument.name.isidentifier() or type(argument.required) is not bool:
        raise ValueError("an argument of no known kind")
    if argument.kind == WAVEFORM_KIND:
        if argument.default is not None:
            raise ValueError("a waveform with a default")
    elif argument.required or not settable(argument.kind, argument.default):
        raise ValueError("a default that no control can hold")
    return argument
