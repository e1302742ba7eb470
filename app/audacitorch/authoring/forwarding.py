"""A ``forward`` with the arguments of an author's ``do_forward_pass``, in source that TorchScript can compile."""

from __future__ import annotations

import inspect
import itertools
import linecache
import typing
from collections.abc import Callable
from typing import Any

import torch

_WORDS = {float: "float", int: "int", bool: "bool", str: "str"}
_OPTIONAL_WAVEFORM = torch.Tensor | None
_EXPECTED = "float, int, bool, str or torch.Tensor | None, with a default, is expected"
_TAKEN = (
    *("x", "torch", "ops", "inf", "nan", "CONSTANTS", "uninitialized", "unchecked_cast", "getattr", "fork"),
    *("NoneType", "__torch__", "aten"),
)
"""Names that TorchScript cannot read, or writes otherwise."""
_numbers = itertools.count(1)


def forward_like(
    method: Callable[..., Any], owner: type, body: str, names: dict[str, Any]
) -> Callable[..., Any] | None:
    """Return a ``forward`` that takes what ``method`` takes; ``None`` where that is one waveform only.

    Args:
        method: the author's ``do_forward_pass``.
        owner: the class that it stands in.
        body: the lines of ``forward``, in which ``x`` is the first argument and ``{arguments}`` all of them.
        names: the globals that the body uses.

    Raises:
        TypeError: there is no waveform, or an argument that can be neither a control nor a track of sound.
    """
    own = 0 if isinstance(method, staticmethod) else 1
    parameters = list(inspect.signature(method).parameters.values())[own:]
    if not parameters:
        raise TypeError(f"{owner.__name__}: do_forward_pass takes no waveform; do_forward_pass(self, x) is expected.")
    if len(parameters) == 1:
        return None
    hints = _hints(method, owner)
    declared = ["self", "x: torch.Tensor"]
    passed = ["x"]
    defaults: list[Any] = []
    for parameter in parameters[1:]:
        declared.append(f"{parameter.name}: {_annotation(parameter, hints, owner)}")
        passed.append(parameter.name)
        if parameter.default is not parameter.empty:
            defaults.append(parameter.default)
        elif defaults:
            raise TypeError(f"{owner.__name__}: “{parameter.name}” has no default; {_EXPECTED}.")
    returned = "tuple[torch.Tensor, torch.Tensor]" if "labels" in body else "torch.Tensor"
    source = f"def forward({', '.join(declared)}) -> {returned}:{body.format(arguments=', '.join(passed))}"
    # TorchScript reads a function's source through inspect, which looks here.
    file = f"<forward of {owner.__module__}.{owner.__qualname__} {next(_numbers)}>"
    linecache.cache[file] = (len(source), None, source.splitlines(keepends=True), file)
    made: dict[str, Any] = {}
    exec(compile(source, file, "exec", dont_inherit=True), names, made)  # noqa: S102
    forward: Any = made["forward"]
    forward.__defaults__ = tuple(defaults)
    forward.__qualname__ = f"{owner.__qualname__}.forward"
    forward.__module__ = owner.__module__
    forward.__doc__ = method.__doc__
    return typing.cast("Callable[..., Any]", forward)


def _annotation(parameter: inspect.Parameter, hints: dict[str, Any], owner: type) -> str:
    where = f"{owner.__name__}: “{parameter.name}”"
    if parameter.name in _TAKEN or not parameter.name.isascii():
        raise TypeError(
            f"{where} is no name that TorchScript keeps; another of the letters a to z, digits and _ is expected "
            "(what users read is the label in the metadata's controls)."
        )
    if parameter.kind is not parameter.POSITIONAL_OR_KEYWORD:
        raise TypeError(f"{where} is keyword-only or variadic; a plain argument is expected.")
    if parameter.annotation is parameter.empty:
        raise TypeError(f"{where} states no type, as in “{parameter.name}: float = 1.0”; {_EXPECTED}.")
    kind = hints.get(parameter.name)
    missing = parameter.default is parameter.empty
    if kind is torch.Tensor and missing:
        return "torch.Tensor"
    if kind == _OPTIONAL_WAVEFORM and parameter.default is None:
        return "torch.Tensor | None"
    word = _WORDS.get(kind) if isinstance(kind, type) else None
    if word is None:
        raise TypeError(f"{where} is of a type that no control can show; {_EXPECTED}.")
    if missing:
        raise TypeError(f"{where} has no default; {_EXPECTED}.")
    whole_for_float = kind is float and type(parameter.default) is int
    if type(parameter.default) is not kind and not whole_for_float:
        told = type(parameter.default).__name__
        raise TypeError(f"{where} is declared as {word}, and its default is of the type {told}.")
    return word


def _hints(method: Callable[..., Any], owner: type) -> dict[str, Any]:
    try:
        return typing.get_type_hints(method)
    except Exception as error:
        raise TypeError(f"{owner.__name__}: the types of do_forward_pass cannot be read ({error}).") from error
