"""``import spaces``: on a machine of one's own a GPU is there or not, and nothing needs to be asked for."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

__all__ = ["GPU"]


def GPU(*arguments: Any, **_options: Any) -> Any:  # noqa: N802
    """Return the function that is decorated, as it is: ``@spaces.GPU``, ``@spaces.GPU(duration=60)``."""
    if len(arguments) == 1 and callable(arguments[0]):
        return arguments[0]
    return _unchanged


def _unchanged(function: Callable[..., Any]) -> Callable[..., Any]:
    return function


def __getattr__(name: str) -> Any:
    """Answer the package's other names, such as ``aoti_compile``: each returns its first argument."""
    if name.startswith(("_", "pytest")):
        raise AttributeError(name)
    return lambda *arguments, **_options: arguments[0] if arguments else _unchanged
