"""Where what an operator names lies on this machine."""

from __future__ import annotations

from pathlib import Path

from app.errors import NotFoundError, SettingsError


def place_of(source: str) -> Path:
    """Return a path that is there, links followed, since the sandbox follows none.

    Raises:
        NotFoundError: there is no such file.
        SettingsError: nothing can be read there.
    """
    try:
        path = Path(source).expanduser().resolve()
        there = path.exists()
    except (OSError, RuntimeError, ValueError):  # a folder that is closed, links in a circle, a NUL
        raise SettingsError("nothing can be read there.") from None
    if not there:
        raise NotFoundError("there is no such file.")
    return path
