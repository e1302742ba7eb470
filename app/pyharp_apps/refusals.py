"""What the sandbox refuses an app: it fails as mildly as it can, is noted, and is told of in words that help."""

from __future__ import annotations

import contextlib
import os
import shutil
import socket
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

from app.workers.one_line import one_line
from app.workers.sandbox.terms import NETWORK, PROCESSES

SHARED_MEMORY = (
    "multiprocessing’s locks, queues and pools need shared memory, which the sandbox never gives; threads do "
    "without: multiprocessing.dummy, ThreadPoolExecutor"
)
_SHORT = 120
"""Characters of a sentence that a hint follows: HARP 4 shows 200 in all."""
_wanted: set[str] = set()
"""What the app has asked for of the sandbox's terms."""


def prepare_refusals() -> None:
    """Change what of Python's own library would fail without a word of the sandbox; once, in an app's worker."""
    # A copy is a copy, even where its mode and times cannot be set.
    shutil.copymode = _mild(shutil.copymode)
    shutil.copystat = _mild(shutil.copystat)
    socket.getaddrinfo = _noted(socket.getaddrinfo, NETWORK)
    subprocess.Popen.__init__ = _noted(subprocess.Popen.__init__, PROCESSES)  # type: ignore[method-assign]
    if hasattr(os, "fork"):
        os.fork = _noted(os.fork, PROCESSES)
    # Where the system has no such locks, the import says so.
    with contextlib.suppress(ImportError):
        from multiprocessing import synchronize

        synchronize.SemLock.__init__ = _explained(synchronize.SemLock.__init__)  # type: ignore[method-assign]


def _mild(function: Callable[..., Any]) -> Callable[..., Any]:
    def tried(*arguments: Any, **options: Any) -> None:
        with contextlib.suppress(PermissionError):
            function(*arguments, **options)

    return tried


def _noted(function: Callable[..., Any], permit: str) -> Callable[..., Any]:
    def called(*arguments: Any, **options: Any) -> Any:
        _wanted.add(permit)
        return function(*arguments, **options)

    return called


def _explained(function: Callable[..., Any]) -> Callable[..., Any]:
    def called(*arguments: Any, **options: Any) -> Any:
        try:
            return function(*arguments, **options)
        except OSError as error:
            # Of the same kind as before: libraries do without such a lock where they cannot have it.
            raise PermissionError(SHARED_MEMORY) from error

    return called


def hint(permits: tuple[str, ...]) -> str:
    """Return what may help an app that failed, where it has asked for what it was not given, else ``""``."""
    asked = sorted(_wanted - set(permits))
    return f" It asked for what the sandbox takes away; --permit {asked[0]} gives it." if asked else ""


def explained(error: Exception, sentence: str, permits: tuple[str, ...], own: Path) -> str:
    """Return what a user reads of an app's error, as short as what HARP shows of one.

    Args:
        error: what the app failed with.
        sentence: how it would be told of without a sandbox.
        permits: what of the sandbox's terms the app has been given.
        own: the folder of the app's file, which it reads and may not change.
    """
    if SHARED_MEMORY in str(error):
        # No permit would help.
        return sentence
    if name := _own_file(error, own):
        return (
            f"The app may not change “{name}”: the files of its folder are read only. Let it write another name, or "
            "permit it: --permit write:FOLDER."
        )
    helps = hint(permits)
    return f"{shortened(sentence)}{helps}" if helps else sentence


def _own_file(error: BaseException | None, own: Path) -> str:
    """Return the name of the app's own file that it may not write; ``""`` where that is not what failed."""
    for _ in range(4):
        if isinstance(error, PermissionError) and isinstance(error.filename, (str, bytes)):
            file = Path(os.path.realpath(os.fsdecode(error.filename)))
            if own.resolve() in file.parents and file.is_file():
                return one_line(file.name)[:60]
        if error is not None:
            error = error.__cause__ or error.__context__
    return ""


def shortened(sentence: str) -> str:
    """Return the beginning of a long sentence.

    >>> len(shortened("x" * 500))
    120
    """
    return sentence if len(sentence) <= _SHORT else f"{sentence[: _SHORT - 1]}…"
