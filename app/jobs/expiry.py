"""Folders that go when nobody has used them for a while."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import shutil
import time
from collections.abc import Callable
from pathlib import Path

log = logging.getLogger(__name__)


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


async def clear_for_ever(clear: Callable[[float], None], keep: float) -> None:
    """Clear what was last used longer ago than ``keep`` (s), again and again.

    Args:
        clear: does so, for what was last used before a Unix time (s).
        keep: seconds.
    """
    while True:
        await asyncio.sleep(min(60.0, keep / 4))
        try:
            clear(time.time() - keep)
        except OSError:
            log.warning("could not clear old job folders", exc_info=True)
