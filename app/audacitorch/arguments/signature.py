"""What a loaded model's ``forward`` takes, read from its schema, and a call with all of that."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import torch

from app.audacitorch.arguments.declared import MOST_ARGUMENTS, WAVEFORM_KIND, Argument, Value, settable, waveforms
from app.errors import ModelFormatError

_KINDS = {"float": "float", "int": "int", "bool": "bool", "str": "str"}
_WAVEFORMS = ("Tensor", "Optional[Tensor]")


def read_signature(model: torch.jit.ScriptModule) -> tuple[tuple[Argument, ...], tuple[str, ...]]:
    """Return the arguments of ``forward`` beyond the first, and a sentence for each that nobody can set.

    Those keep their defaults.

    Raises:
        ModelFormatError: there is no ``forward``, it takes no waveform, or a further value without a default.
    """
    try:
        schema = model.forward.schema.arguments[1:]  # type: ignore[attr-defined]
    except (AttributeError, RuntimeError):
        raise ModelFormatError("model.pt has no forward method; forward(x) of a waveform is expected.") from None
    if not schema or str(schema[0].type) not in _WAVEFORMS:
        raise ModelFormatError("The model's forward takes no waveform; forward(x) of (channels, samples) is expected.")
    arguments: list[Argument] = []
    warnings: list[str] = []
    for item in schema[1:]:
        kind = str(item.type)
        if kind in _WAVEFORMS:
            if item.has_default_value() and item.default_value is not None:
                warnings.append(f"The argument “{item.name}” of forward is a tensor with a default, which it keeps.")
            else:
                arguments.append(Argument(item.name, WAVEFORM_KIND, None, not item.has_default_value()))
        elif not item.has_default_value():
            raise ModelFormatError(
                f"The model's forward wants “{item.name}” ({kind[:40]}) without a default; "
                "every value beside the waveform needs one."
            )
        elif kind in _KINDS and settable(kind, item.default_value):
            arguments.append(Argument(item.name, kind, item.default_value))
        else:
            warnings.append(
                f"The argument “{item.name}” of forward ({kind[:40]} = {str(item.default_value)[:40]}) is none that a "
                "control can set; it keeps its default."
            )
    if len(arguments) > MOST_ARGUMENTS:
        raise ModelFormatError(f"The model's forward takes {len(arguments)} values; at most {MOST_ARGUMENTS} can be.")
    return tuple(arguments), tuple(warnings)


class Arranged:
    """A model with its further arguments set: called with one tensor, as a model that has none.

    Args:
        model: what is called with a tensor and keyword arguments.
        channels: how many it takes at once.
        companions: names of the further waveforms that are given: ``channels`` more rows of the tensor each.
        values: what the other arguments are; those left out keep their defaults.
    """

    def __init__(
        self, model: Any, channels: int, companions: Sequence[str] = (), values: Mapping[str, Value] | None = None
    ) -> None:
        self._model = model
        self._channels = channels
        self._companions = tuple(companions)
        self._values = dict(values or {})

    def __call__(self, rows: torch.Tensor) -> Any:
        """Run the model on ``(channels * (1 + companions), samples)``."""
        parts = [rows[at : at + self._channels] for at in range(0, len(rows), self._channels)]
        return self._model(parts[0], **dict(zip(self._companions, parts[1:])), **self._values)


class Rehearsed:
    """A model that is called with its input alone: its further waveforms are made from that.

    They differ from the input, sample by sample, so that shifting and changing the input does the same to them.

    Args:
        model: what is called with a tensor and keyword arguments.
        arguments: what its ``forward`` takes.
        values: what its other arguments are; those left out keep their defaults.
    """

    def __init__(self, model: Any, arguments: Sequence[Argument], values: Mapping[str, Value] | None = None) -> None:
        self._model = model
        self._arguments = arguments
        self._values = dict(values or {})

    def __call__(self, x: torch.Tensor) -> Any:
        """Run the model on ``(channels, samples)``."""
        companions = {item.name: 0.7 * x - 0.9 * x * x.abs() for item in waveforms(self._arguments)}
        return self._model(x, **companions, **self._values)

    def set_to(self, values: Mapping[str, Value]) -> Rehearsed:
        """Return the same model with other values."""
        return Rehearsed(self._model, self._arguments, values)
