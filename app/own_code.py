"""Where this project's code lies, and its name: ``app`` in a checkout, ``harpist.app`` where it is installed."""

from __future__ import annotations

import re
from pathlib import Path

PREFIX = __name__.rpartition("app.")[0]
"""What stands before ``app`` and ``endpoints`` in the names of our modules: nothing, or ``harpist.``."""

ROOT = Path(__file__).resolve().parents[1]
"""The folder of ``app``, ``endpoints``, the Spaces' templates and the requirements."""

START = ROOT.parents[PREFIX.count(".") - 1] if PREFIX else ROOT
"""The folder in which ``python -m`` finds our modules by their names."""


_LONGER = re.compile(rb"\bharpist\.(?=(?:app|endpoints)\b)")


def as_in_a_checkout(source: bytes) -> bytes:
    """Return a source of ours with the names that it has in a checkout: what is made of either is the same.

    >>> as_in_a_checkout(b"from harpist.app.harp import card")
    b'from app.harp import card'
    """
    return _LONGER.sub(b"", source)


def pip_arguments(requirements: str, *, alone: bool = False) -> str:
    """Return what one gives to ``pip install`` for what a requirements file of ours names.

    In a checkout, that file. Once installed there is none at hand: then the extra of that name, or the pins themselves.

    Args:
        requirements: the file's name, such as ``requirements-media.txt``.
        alone: without what the packages themselves ask for.
    """
    if not PREFIX:
        return f"{'--no-deps ' if alone else ''}-r {requirements}"
    if not alone:
        return f'"harpist[{requirements.removeprefix("requirements-").removesuffix(".txt")}]"'
    from packaging.requirements import Requirement

    lines = (ROOT / requirements).read_text(encoding="utf-8").splitlines()
    pins = [Requirement(line) for line in lines if "==" in line and not line.startswith("#")]
    here = [pin for pin in pins if pin.marker is None or pin.marker.evaluate()]
    return " ".join(["--no-deps", *(f"{pin.name}{pin.specifier}" for pin in here)])
