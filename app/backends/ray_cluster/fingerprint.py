"""Which Harpist this is: what must be the same on both sides of a call."""

from __future__ import annotations

import hashlib
import platform
from functools import cache
from importlib.metadata import PackageNotFoundError, version

from app.own_code import ROOT, as_in_a_checkout

_LIBRARIES = ("torch", "numpy", "soundfile", "soxr")
"""What results depend on."""


@cache
def fingerprint() -> dict[str, str]:
    """Return what this machine computes with, by name: the digest of our own sources, Python, the libraries."""
    digest = hashlib.sha256()
    for part in ("app", "endpoints"):
        for path in sorted((ROOT / part).rglob("*.py")):
            digest.update(path.relative_to(ROOT).as_posix().encode())
            digest.update(as_in_a_checkout(path.read_bytes()))
    told = {"Harpist": digest.hexdigest()[:12], "Python": ".".join(platform.python_version_tuple()[:2])}
    return told | {name: _version(name) for name in _LIBRARIES}


def difference(here: dict[str, str], there: dict[str, str]) -> str:
    """Return what differs, in words; empty: nothing.

    >>> difference({"Harpist": "1", "torch": "2.13.0"}, {"Harpist": "1", "torch": "2.12.0"})
    'torch 2.12.0, not 2.13.0'
    """
    names = dict.fromkeys((*here, *there))
    wrong = [name for name in names if here.get(name) != there.get(name)]
    return ", ".join(f"{name} {there.get(name, 'none')}, not {here.get(name, 'none')}" for name in wrong)


def _version(name: str) -> str:
    try:
        # A build's own mark, such as +cpu, is what nodes may differ in.
        return version(name).partition("+")[0]
    except PackageNotFoundError:
        return "none"
