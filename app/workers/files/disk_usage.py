"""What a worker keeps on disk, counted without trusting what it made there."""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

_DELETED = " (deleted)"
MOST_FILES = 10_000
"""Files and folders that a worker may have."""


def excess(folders: Sequence[Path], pid: int | None, quota: int) -> str:
    """Tell, in a sentence, that a worker keeps more than it may; nothing if it does not.

    Args:
        folders: in which it may write.
        pid: its process, once there is one.
        quota: bytes that it may keep; 0 for no limit.
    """
    size, files = usage(folders)
    if pid is not None:
        size += deleted_usage(pid, folders)
    if quota and size >= quota:
        return f"The model wrote more than {quota >> 20} MiB, and was stopped."
    if files > MOST_FILES:
        return f"The model made more than {MOST_FILES} files, and was stopped."
    return ""


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


def deleted_usage(pid: int, folders: Sequence[Path]) -> int:
    """Return the bytes of what a process deleted below ``folders`` and still has open or mapped; the disk keeps it.

    Only Linux tells, for about half a millisecond; elsewhere 0 is returned, as for a process that has ended.
    """
    if sys.platform != "linux":
        return 0
    within = tuple(f"{folder.resolve()}/" for folder in folders)
    sizes: dict[int, int] = {}
    with contextlib.suppress(OSError):
        for file in _open_files(pid):
            with contextlib.suppress(OSError):
                target = str(file.readlink())
                if target.startswith(within) and target.endswith(_DELETED):
                    status = file.stat()
                    # A file that is there may have such a name, too; it was counted where it lies.
                    if not status.st_nlink:
                        sizes[status.st_ino] = max(status.st_size, status.st_blocks * 512)
        for number, end in _mapped(pid, within):
            sizes[number] = max(sizes.get(number, 0), end)
    return sum(sizes.values())


def _open_files(pid: int) -> list[Path]:
    """Return the links to what a process has open; its first thread has nothing any more once it ended by itself."""
    for thread in Path(f"/proc/{pid}/task").iterdir():
        with contextlib.suppress(OSError):
            if files := list((thread / "fd").iterdir()):
                return files
    return []


def _mapped(pid: int, within: tuple[str, ...]) -> Iterator[tuple[int, int]]:
    """Yield the number and the last mapped byte of every deleted file that is mapped."""
    for line in os.fsdecode(Path(f"/proc/{pid}/maps").read_bytes()).split("\n"):
        if line.endswith(_DELETED):
            addresses, _, offset, _, number, path = line.split(maxsplit=5)
            if path.startswith(within):
                start, end = addresses.split("-")
                yield int(number), int(offset, 16) + int(end, 16) - int(start, 16)
