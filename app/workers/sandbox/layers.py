"""Which layers of the sandbox this machine has: what the operator is told, and what ``--require-sandbox`` asks for."""

from __future__ import annotations

import functools
import sys
from dataclasses import dataclass

from app.workers.sandbox import landlock, syscalls


@dataclass(frozen=True)
class Layer:
    """One layer.

    Attributes:
        name: in a word or two.
        active: whether this machine has it.
        sentence: what it takes away from a model; where it is missing, why.
    """

    name: str
    active: bool
    sentence: str


@functools.cache
def layers() -> tuple[Layer, ...]:
    """Return every layer, the missing ones too; asks the system once."""
    posix = "" if sys.platform != "win32" else "Windows has no such limit"
    linux = "" if sys.platform == "linux" else "needs Linux"
    found = (
        ("files", landlock.missing(), "A model reaches its own files and scratch folder only."),
        ("system calls", syscalls.missing(), "It has no network, starts no program and signals no other process."),
        ("privileges", linux, "It cannot use the server's privileges, nor gain any."),
        ("memory", linux, "Its memory is limited; on a GPU, by the watch alone."),
        ("file size", posix, "No file that it writes grows beyond its quota."),
        ("environment", "", "It sees no token and no password in its environment."),
        ("watch", "", "It is ended when it takes too long, or more memory or disk than allowed."),
    )
    return tuple(
        Layer(name, not reason, sentence if not reason else f"Missing: {reason}.") for name, reason, sentence in found
    )


def summary() -> str:
    """Return one line for the operator.

    >>> summary().startswith("Sandbox: ")
    True
    """
    active = ", ".join(layer.name for layer in layers() if layer.active)
    missing = _missing()
    return f"Sandbox: {active}" + (f"; not on this machine: {missing}" if missing else "")


def refusal() -> str:
    """Return the sentence for whoever calls a model from elsewhere where every layer is required, if one is missing."""
    missing = _missing()
    if not missing:
        return ""
    return (
        "This server runs models from elsewhere in a complete sandbox only, which its machine lacks: "
        f"{missing}; models that come with the server work."
    )


def _missing() -> str:
    return ", ".join(
        f"{layer.name} ({layer.sentence.removeprefix('Missing: ').removesuffix('.')})"
        for layer in layers()
        if not layer.active
    )
