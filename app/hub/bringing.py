"""One file of the hub, brought to its place: what lies there already is taken, what is half here goes on."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from app.errors import HubError
from app.hub.client import HubClient
from app.hub.meter import bytes_in_words
from app.hub.remote import RemoteFile, RemoteModel

_SPARE = 64 * 1024**2
"""Bytes of disk that an installation leaves free."""


def bring(
    client: HubClient,
    remote: RemoteModel,
    file: RemoteFile,
    path: Path,
    report: Callable[[int], None],
    cancel: threading.Event,
) -> None:
    """Bring one file to ``path``, unless it is there already; what is not all here lies beside it, as ``.part``.

    Raises:
        HubError: it cannot be had, or is not what the hub says it is.
        JobCancelledError: ``cancel`` was set.
    """
    with suppress(FileNotFoundError):
        if file.holds(path):
            report(file.size)
            return
        path.unlink()
    part = path.with_name(f"{path.name}.part")
    try:
        client.download(remote, file, part, report, cancel)
    except Exception:
        with suppress(OSError):
            if part.stat().st_size == 0:
                part.unlink()
        raise
    part.replace(path)


def check_room(name: str, missing: int, folder: Path) -> None:
    """Refuse what the disk of ``folder`` has no room for.

    Args:
        name: what is being installed.
        missing: bytes of it that are not here yet.
        folder: an existing one, on that disk.

    Raises:
        HubError: there is no room.
    """
    needed, free = missing + _SPARE, shutil.disk_usage(folder).free
    if needed > free:
        raise HubError(
            f"There is no room for {name}: it needs {bytes_in_words(needed)}, and {bytes_in_words(free)} are free."
        )


def size_of(folder: Path) -> int:
    """Return the bytes of the files in a folder and below it; 0 where there is none."""
    with suppress(OSError):
        return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
    return 0
