"""One file from the hub: goes on where it was broken off, and is verified before it counts."""

from __future__ import annotations

import errno
import os
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path

from app.errors import HubError
from app.hub.failures import PassingError, Patience, cancelled
from app.hub.remote import RemoteFile

PROGRESS = 64 * 1024
"""Bytes that a try brings at least, to count as none that failed."""

OpenAt = Callable[[int], AbstractContextManager[tuple[int, Iterator[bytes]]]]
"""Asks for a file from some byte on; tells from which byte on it comes, and its blocks."""

Report = Callable[[int], None]
"""Takes how many bytes of the file are here."""


def fetch(
    open_at: OpenAt, part: Path, file: RemoteFile, report: Report, cancel: threading.Event, patience: Patience
) -> None:
    """Bring a file to ``part``, where the beginning of it may lie already.

    A broken connection, a kill or a cancel leaves what came; what has a wrong checksum is thrown away, and is brought
    once more if some of it lay here before.

    Raises:
        HubError: it cannot be had, or is not what the hub says it is.
        JobCancelledError: ``cancel`` was set.
    """
    again = part.exists()
    try:
        while True:
            _complete(open_at, part, file, report, cancel, patience)
            if file.holds(part):
                return
            part.unlink()
            if not again:
                raise HubError(f"{file.name} arrived with a wrong checksum, and was thrown away; try again later.")
            again = False
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
            part.unlink(missing_ok=True)
            raise HubError(f"The disk is full: {file.name} needs {file.size} bytes.") from error
        raise HubError(f"{file.name} cannot be written: {error.strerror}.") from error


def _complete(
    open_at: OpenAt, part: Path, file: RemoteFile, report: Report, cancel: threading.Event, patience: Patience
) -> None:
    """Ask for what is missing until all of it is here."""
    with part.open("ab") as target:
        if target.tell() > file.size:
            target.truncate(0)
        most, failures = target.seek(0, os.SEEK_END), 0
        report(most)
        while (here := target.seek(0, os.SEEK_END)) < file.size:
            if cancel.is_set():
                raise cancelled()
            try:
                with open_at(here) as (start, blocks):
                    if start != here:
                        target.truncate(start)
                    _write(blocks, target.fileno(), start, file, report, cancel)
            except PassingError as error:
                here = os.fstat(target.fileno()).st_size
                # Only bytes that never came before are progress: a hub may start over, and break off, for ever.
                failures = 1 if here >= most + PROGRESS else failures + 1
                most = max(most, here)
                patience.wait(error, failures, cancel)
        os.fsync(target.fileno())


def _write(
    blocks: Iterator[bytes], target: int, here: int, file: RemoteFile, report: Report, cancel: threading.Event
) -> None:
    for block in blocks:
        if cancel.is_set():
            raise cancelled()
        here += len(block)
        if here > file.size:
            os.ftruncate(target, 0)
            raise HubError(f"The hub sends more of {file.name} than the {file.size} bytes that it tells of.")
        view = memoryview(block)
        while view:
            view = view[os.write(target, view) :]
        report(here)
    if here < file.size:
        raise PassingError(f"The hub sends only {here} of the {file.size} bytes of {file.name}.")
