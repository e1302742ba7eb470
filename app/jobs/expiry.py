"""Folders that go when nobody has used them for a while."""

from __future__ import annotations

import contextlib
import os
import shutil
from pathlib import Path


def mark_used(folder: Path) -> None:
    """Note that a folder is in use now.

    Raises:
        OSError: it is not there.
    """
    os.utime(folder)


def remove_unused(parent: Path, expired: float) -> None:
    """Remove the folders in ``parent`` that were last used before ``expired`` (Unix time, s).

    Raises:
        OSError: the parent cannot be read.
    """
    for folder in list(parent.iterdir()):
        with contextlib.suppress(OSError):
            if folder.stat().st_mtime < expired:
                shutil.rmtree(folder, ignore_errors=True)
