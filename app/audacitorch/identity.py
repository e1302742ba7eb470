"""Which model a file holds: its content tells, whatever its times say. Standard library only."""

from __future__ import annotations

import errno
import hashlib
import stat
from functools import lru_cache
from pathlib import Path
from typing import Any

from app.plain_files import open_plain

_BLOCK = 1024 * 1024


def identity(model: Path) -> dict[str, Any]:
    """Return what tells one model file from another: ``size``, ``sha256``, and under ``seen`` how this machine saw it.

    Raises:
        OSError: the file cannot be read.
    """
    seen = _seen(model)
    return {"size": seen[0], "sha256": _digest(str(model), *seen), "seen": list(seen[1:])}


def is_same(model: Path, known: object) -> bool:
    """Whether a file is the one of which :func:`identity` has told.

    One that nobody has touched since is not read again: its number and the time of its last change, which no program
    can set, are the same. A copy has others, and is read once by each process that asks.

    Raises:
        OSError: the file cannot be read.
    """
    if not isinstance(known, dict):
        return False
    seen = _seen(model)
    if known.get("size") != seen[0]:
        return False
    return known.get("seen") == list(seen[1:]) or known.get("sha256") == _digest(str(model), *seen)


def is_as_seen(model: Path, known: dict[str, Any]) -> bool:
    """Whether a file need not be read to know that it is the same.

    Raises:
        OSError: the file cannot be looked at.
    """
    return known.get("seen") == list(_seen(model)[1:])


def _seen(model: Path) -> tuple[int, int, int, int]:
    status = model.lstat()
    if not stat.S_ISREG(status.st_mode):
        raise OSError(errno.EINVAL, "no plain file")
    return status.st_size, status.st_ino, status.st_mtime_ns, status.st_ctime_ns


@lru_cache(maxsize=1024)
def _digest(model: str, *_seen: int) -> str:
    digest = hashlib.sha256()
    with open_plain(Path(model)) as file:
        while block := file.read(_BLOCK):
            digest.update(block)
    return digest.hexdigest()
