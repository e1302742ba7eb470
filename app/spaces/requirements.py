"""The requirements of a Space, in one file: Hugging Face installs from ``requirements.txt`` and sees no other file."""

from __future__ import annotations

import re
from collections.abc import Sequence

from app.errors import SettingsError

_PIN = re.compile(r"([A-Za-z0-9][A-Za-z0-9._-]*)==([^\s;]+)")

ZEROGPU = ("spaces==0.51.3", "requests==2.34.2", "charset-normalizer==3.5.2", "urllib3==2.8.0")
"""What a Space on ZeroGPU needs more, with what that brings along."""


def space_requirements(requirements: str, constraints: str, more: Sequence[str] = ()) -> str:
    """Return every pin of this server: its own requirements, then what they bring along.

    Args:
        requirements: the text of ``requirements.txt``.
        constraints: the text of ``constraints.txt``.
        more: further pins.
    """
    own = _pins(requirements)
    named = {_release(line) for line in own}
    brought = [line for line in _pins(constraints) if _release(line) not in named]
    return "\n".join(
        ["# Exact releases of all that this Space needs.", *own, *more, "# What those bring along.", *brought, ""]
    )


def pinned_version(requirements: str, package: str) -> str:
    """Return the release of a package in a ``requirements.txt``.

    Raises:
        SettingsError: it is not pinned there.
    """
    for line in _pins(requirements):
        found = _PIN.match(line)
        if found and _release(line) == (package, found[2]):
            return found[2]
    raise SettingsError(f"requirements.txt pins no release of {package}, which a Space must name.")


def _pins(text: str) -> list[str]:
    return [line.strip() for line in text.splitlines() if _PIN.match(line.strip())]


def _release(line: str) -> tuple[str, str]:
    """Return the package and the release that a line pins; where Python 3.10 needs an older one, there are two."""
    found = _PIN.match(line)
    return (found[1].lower().replace("_", "-"), found[2]) if found else ("", "")
