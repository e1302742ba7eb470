"""What a worker keeps on disk, counted without trusting what it made there."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Sequence
from pathlib import Path

MOST_FILES = 10_000
"""Files and folders that a worker may have."""


def usage(folders: Sequence[Path]) -> tuple[int, int]:
    """Return the bytes and the number of files and folders below ``folders``, counting little beyond the most allowed.

    A file counts with its length or with what it takes on disk, whichever is more.
    """
    size, files = 0, 0
    waiting = [str(folder) for folder in folders]
    while waiting and files <= MOST_FILES:
        try:
            with os.scandir(waiting.pop()) as entries:
                for entry in entries:
                    files += 1
                    if files > MOST_FILES:
                        break
                    with contextlib.suppress(FileNotFoundError):
                        status = entry.stat(follow_symlinks=False)
                        size += max(status.st_size, getattr(status, "st_blocks", 0) * 512)
                        if entry.is_dir(follow_symlinks=False):
                            waiting.append(entry.path)
        except FileNotFoundError:
            continue
        except OSError:
            # What the server cannot look into, by its depth or its mode, is nothing that an endpoint needs.
            files = MOST_FILES + 1
    return size, files
