"""A folder's files where a worker may write: real folders, in which links lead to the files.

So a program finds its files beside itself, as it would in its own folder, and can write there, too: what it writes
stays in the worker's scratch. The links are made before the sandbox closes, since a worker can make none.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path

WORKPLACE = "app"
"""What the folder is called in the worker's first writable one."""

MOST_FILES = 2000
"""Beyond so many, a folder is one link, so that a program finds its files there, but writes no others."""

_LEFT_OUT = frozenset({"__pycache__", "node_modules", "_outputs"})


def lay_out(source: Path, home: Path) -> Path:
    """Make links to what lies in ``source`` in a new folder of ``home``, and return that folder.

    Where the system lets no link be made, it stays empty.
    """
    target = home / WORKPLACE
    target.mkdir(mode=0o700, exist_ok=True)
    with contextlib.suppress(OSError, NotImplementedError):
        for entry, place in files_of(source):
            link = target / place
            link.parent.mkdir(parents=True, exist_ok=True)
            link.symlink_to(entry, target_is_directory=entry.is_dir())
    return target


def files_of(source: Path) -> Iterator[tuple[Path, Path]]:
    """Yield what the links lead to, and each one's place; the nearest to the top come first.

    Files and folders whose names begin with a dot, and what programs leave behind, are left out. A folder that is
    itself a link, or that :data:`MOST_FILES` leaves no room for, comes as one.
    """
    waiting, files = [Path()], 0
    while waiting:
        place = waiting.pop(0)
        try:
            entries = sorted(os.scandir(source / place), key=lambda entry: entry.name)
        except OSError:
            continue
        entries = [entry for entry in entries if entry.name[0] != "." and entry.name not in _LEFT_OUT]
        if place.parts and files + len(entries) > MOST_FILES:
            yield source / place, place
            continue
        for entry in entries:
            files += 1
            if entry.is_dir(follow_symlinks=False):
                waiting.append(place / entry.name)
            elif files <= MOST_FILES:
                yield Path(entry.path), place / entry.name
