"""Gradio's components as an app builds them: each keeps its arguments as attributes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any


class Component:
    """Anything that can stand on a page.

    Attributes:
        harp: whether HARP needs it filled in (pyharp's ``harp_required``).
        arguments: names of those that may be given by position.
    """

    arguments: tuple[str, ...] = ("value",)
    label: Any = None
    info: Any = None
    value: Any = None
    type: Any = "value"
    is_harp_required = True

    def __init__(self, *positional: Any, **options: Any) -> None:
        self.__dict__.update(zip(self.arguments, positional))
        self.__dict__.update(options)

    def harp_required(self, required: bool = True) -> Any:
        """Say whether HARP must send something for it; returns the component."""
        self.is_harp_required = bool(required)
        return self

    def set_info(self, info: str) -> Any:
        """Say what HARP shows as its help; returns the component."""
        self.info = info
        return self

    def __enter__(self) -> Any:
        return self

    def __exit__(self, *_exception: object) -> None:
        return None

    def __getattr__(self, name: str) -> Any:
        """Answer what a component has beside its arguments: events such as ``click`` or ``change``, and the rest."""
        if name.startswith("_"):
            raise AttributeError(name)
        return _event


class Dependency:
    """What a listener returns: further ones are called on it, and as a decorator it takes the function."""

    def __init__(self, function: Any = None) -> None:
        self._function = function

    def __call__(self, *arguments: Any, **options: Any) -> Any:
        """Return the function that is decorated, or call the one that it has."""
        if self._function is not None:
            return self._function(*arguments, **options)
        return arguments[0] if arguments and callable(arguments[0]) else self

    def __getattr__(self, name: str) -> Any:
        """Answer what comes after it: ``then``, ``success``, ``failure``, …"""
        if name.startswith("_"):
            raise AttributeError(name)
        return _event


def _event(*arguments: Any, **options: Any) -> Dependency:
    """Take a listener, which nothing will ever call."""
    first = options.get("fn", arguments[0] if arguments else None)
    return Dependency(first if callable(first) and not isinstance(first, Component) else None)


class Audio(Component):
    """Sound."""

    type = "numpy"


class File(Component):
    """A file, or several."""

    arguments = ("value", "file_count", "file_types", "type")
    file_count = "single"
    file_types: Any = None
    type = "filepath"


class Slider(Component):
    """A number in a range."""

    arguments = ("minimum", "maximum", "value", "step")
    minimum: Any = 0
    maximum: Any = 100
    step: Any = None


class Number(Component):
    """A number."""

    minimum: Any = None
    maximum: Any = None
    step: Any = None
    precision: Any = None


class Checkbox(Component):
    """A switch."""


class Textbox(Component):
    """Text."""

    max_length: Any = None


class Dropdown(Component):
    """One of several choices, or some of them."""

    arguments = ("choices", "value")
    choices: Any = None
    multiselect: Any = None


class Radio(Component):
    """One of several choices."""

    arguments = ("choices", "value")
    choices: Any = None
    multiselect: Any = None


class CheckboxGroup(Component):
    """Some of several choices."""

    arguments = ("choices", "value")
    choices: Any = None
    multiselect: Any = True


class JSON(Component):
    """Structured data: among outputs, labels."""


_FURTHER: dict[str, type[Component]] = {}


def named(name: str) -> Callable[..., Component]:
    """Return a class of components that is called ``name``, the same each time."""
    return _FURTHER.setdefault(name, type(name, (Component,), {}))
