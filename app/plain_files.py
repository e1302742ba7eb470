"""Files of a stranger's folder, opened so that none leads elsewhere: no link, pipe, socket or device is one.

Looked at and opened in one step, so that nothing can be put in a file's place between the two. The folder itself is its
owner's to choose, and may well be reached by a link. Standard library only.
"""

from __future__ import annotations

import os
import shutil
import stat
from pathlib import Path
from typing import BinaryIO

from app.errors import ModelFormatError

# A pipe without a writer would keep its reader waiting for ever.
_FLAGS = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)


def is_plain(path: Path) -> bool:
    """Whether there is a plain file, and not a link to one."""
    try:
        return stat.S_ISREG(path.lstat().st_mode)
    except OSError:
        return False


def open_plain(path: Path) -> BinaryIO:
    """Open a plain file for reading.

    Raises:
        ModelFormatError: it is something else.
        FileNotFoundError: there is nothing of that name.
        OSError: it cannot be read.
    """
    _check(path, path.lstat().st_mode)
    number = os.open(path, _FLAGS)
    try:
        # Again: another thing may lie there by now.
        _check(path, os.fstat(number).st_mode)
        return os.fdopen(number, "rb")
    except BaseException:
        os.close(number)
        raise


def copy_plain(source: Path, target: Path) -> None:
    """Copy a plain file's content; raises what :func:`open_plain` does."""
    with open_plain(source) as file, target.open("wb") as copy:
        shutil.copyfileobj(file, copy)


_KINDS = {
    stat.S_IFLNK: "a link",
    stat.S_IFDIR: "a folder",
    stat.S_IFIFO: "a pipe",
    stat.S_IFSOCK: "a socket",
    stat.S_IFCHR: "a device",
    stat.S_IFBLK: "a device",
}


def _check(path: Path, mode: int) -> None:
    if stat.S_ISREG(mode):
        return
    kind = _KINDS.get(stat.S_IFMT(mode), "no file")
    hint = "; copy what it leads to" if kind == "a link" else ""
    raise ModelFormatError(f"{path.name} is {kind}; a model's files are plain files in its own folder{hint}.")
