"""``import gradio``: what an app builds is kept, and what it would do on a page does nothing.

A component keeps every argument as an attribute, whatever release of Gradio it belongs to. A name that is not here is
a component too, if it begins with a capital letter, and else something that takes any call.
"""

from __future__ import annotations

import sys
from typing import Any

from app.pyharp_apps.stand_ins.components import (
    JSON,
    Audio,
    Checkbox,
    CheckboxGroup,
    Component,
    Dropdown,
    File,
    Number,
    Radio,
    Slider,
    Textbox,
    named,
)
from app.pyharp_apps.stand_ins.current import CURRENT
from app.pyharp_apps.stand_ins.launching import LAUNCHES
from app.pyharp_apps.stand_ins.progress import Progress

__version__ = "5.28.0"
"""What an app may ask for: the release that pyharp 0.3 names."""

__all__ = [
    "JSON",
    "Audio",
    "Blocks",
    "Checkbox",
    "CheckboxGroup",
    "Component",
    "Dropdown",
    "Error",
    "File",
    "Info",
    "Interface",
    "Number",
    "Progress",
    "Radio",
    "Request",
    "Slider",
    "Textbox",
    "Warning",
    "launch",
    "update",
]


class Error(Exception):
    """What an app raises to tell its user something; the further arguments are for a page of Gradio's."""

    def __init__(self, message: object = "", *_arguments: Any, **_options: Any) -> None:
        super().__init__(str(message))
        self.message = str(message)


def Warning(message: object = "", *_arguments: Any, **_options: Any) -> None:  # noqa: A001, N802
    """Say something to whoever gets the job's results."""
    CURRENT.warnings.append(str(message))


def Info(*_arguments: Any, **_options: Any) -> None:  # noqa: N802
    """Take what a page would show for a moment."""


class Request:
    """The call as an app may look at it: it says nothing of who calls."""

    username = None
    session_hash = ""

    def __init__(self) -> None:
        self.headers: dict[str, str] = {}
        self.query_params: dict[str, str] = {}
        self.cookies: dict[str, str] = {}


class Blocks(Component):
    """A page: what is built within ``with gr.Blocks() as demo`` counts, and how it looks does not."""

    def queue(self, *_arguments: Any, **_options: Any) -> Any:
        """Return the page."""
        return self

    def launch(self, *_arguments: Any, prevent_thread_lock: bool = False, **_options: Any) -> Any:
        """Start no server: the app's file ends here, unless it would have gone on beside its server."""
        LAUNCHES.launch(waits=not prevent_thread_lock)
        return None, "http://127.0.0.1:7860/", None

    def block_thread(self) -> None:
        """Do as a launch that waits."""
        LAUNCHES.launch(waits=True)

    def close(self, *_arguments: Any, **_options: Any) -> None:
        """Do nothing: there is no server."""


class Interface(Blocks):
    """A page around one function."""


def launch(*_arguments: Any, **_options: Any) -> None:
    """Start no server."""
    LAUNCHES.launch(waits=True)


def update(value: Any = None, *_arguments: Any, **options: Any) -> Component:
    """Return what a component should become; as a result, its value counts."""
    return Component(value=value, **options)


def mount_gradio_app(app: Any, *_arguments: Any, **_options: Any) -> Any:
    """Return the other application as it was."""
    return app


class _Anything:
    """Takes any call, and has any attribute: a theme, a hook, a setting."""

    def __call__(self, *arguments: Any, **_options: Any) -> Any:
        return arguments[0] if len(arguments) == 1 and callable(arguments[0]) else self

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return self

    def __enter__(self) -> Any:
        return self

    def __exit__(self, *_exception: object) -> None:
        return None


_ANYTHING = _Anything()
_PAGES = ("TabbedInterface", "ChatInterface")
_BENEATH = ("blocks", "components", "events", "exceptions", "helpers", "inputs", "layouts", "outputs", "templates")
"""Modules of the package; each is this one again."""


def __getattr__(name: str) -> Any:
    # What a loader or a test runner asks of any module is not Gradio's to answer.
    if name.startswith(("_", "pytest")):
        raise AttributeError(name)
    if name in _BENEATH:
        return sys.modules[__name__]
    if name in _PAGES:
        return Blocks
    return named(name) if name[0].isupper() else _ANYTHING
