"""The two ends of Audacity's pipe on this system: bytes in, bytes out, and never a wait without an end.

Linux and macOS: two FIFOs in ``/tmp``, named after the user. Windows: two named pipes (written for it, not tested).
"""

from __future__ import annotations

import contextlib
import os
import queue
import select
import stat
import sys
import threading
import time
from pathlib import Path
from typing import Protocol

from app.errors import AudacityError

ABSENT = (
    "Audacity does not answer: start Audacity 3, and switch on mod-script-pipe in Edit → Preferences → Modules "
    "(docs/audacity.md shows it)."
)
GONE = "Audacity was closed, or ended, before it had answered; what was made is not in its project."
BUSY = "Another program is using Audacity's pipe; try again when it has finished."
_PIECE = 65536
_REOPENED = 2.0
"""Seconds within which Audacity opens its end anew, after another conversation has ended."""
_MADE_ANEW = 0.3
"""Seconds within which it has made the FIFOs anew, which it removes before."""


class RenewedError(AudacityError):
    """Audacity made its pipe anew while it was opened: it was ending another conversation, and did not hear us."""


class Channel(Protocol):
    """What carries bytes to Audacity and back."""

    end_of_line: bytes

    def send(self, data: bytes, seconds: float) -> None:
        """Send all of it; raises AudacityError when that cannot be."""

    def receive(self, seconds: float) -> bytes:
        """Return what has come, ``b""`` when nothing came in that time; raises AudacityError at the end."""

    def close(self) -> None:
        """Let go of the pipe."""


def fifo_folder() -> Path:
    """Return where Audacity makes its FIFOs: always ``/tmp``, whatever the environment says."""
    return Path("/tmp")  # noqa: S108


def open_channel(folder: Path | None = None, seconds: float = 0.0) -> Channel:
    """Open the pipe of this user's Audacity.

    Args:
        folder: where its FIFOs lie, unless it is Audacity's own place.
        seconds: how long to wait for another one of ours, such as an open page that asks whether Audacity answers.

    Raises:
        AudacityError: there is none, or another program goes on using it.
    """
    if sys.platform == "win32":
        return _WindowsPipes()
    return _Fifos(folder or fifo_folder(), seconds)


if sys.platform != "win32":
    import fcntl

    class _Fifos:
        end_of_line = b"\n"

        def __init__(self, folder: Path, seconds: float) -> None:
            self._heard = False
            way, back = (folder / f"audacity_script_pipe.{name}.{os.getuid()}" for name in ("to", "from"))
            begun = time.monotonic()
            while not (_own_fifo(way) and _own_fifo(back)):
                if time.monotonic() >= begun + min(seconds, _MADE_ANEW):
                    raise AudacityError(ABSENT)
                time.sleep(0.005)
            self._path = way
            self._to = _open_to_reader(way, begun + min(seconds, _REOPENED))
            try:
                self._take_turn(time.monotonic() + seconds)
                self._from = os.open(back, os.O_RDONLY | os.O_NONBLOCK)
            except OSError as error:
                os.close(self._to)
                raise AudacityError(BUSY if isinstance(error, BlockingIOError) else ABSENT) from None

        def _take_turn(self, end: float) -> None:
            while True:
                try:
                    return fcntl.flock(self._to, fcntl.LOCK_EX | fcntl.LOCK_NB)
                except BlockingIOError:
                    if time.monotonic() >= end:
                        raise
                    time.sleep(0.02)

        def send(self, data: bytes, seconds: float) -> None:
            end = time.monotonic() + seconds
            while data:
                try:
                    data = data[os.write(self._to, data) :]
                except BlockingIOError:
                    left = end - time.monotonic()
                    if left <= 0 or not select.select([], [self._to], [], left)[1]:
                        raise AudacityError(ABSENT) from None
                except OSError:
                    self._refuse_renewed()
                    raise AudacityError(GONE) from None

        def receive(self, seconds: float) -> bytes:
            end = time.monotonic() + seconds
            while (left := end - time.monotonic()) > 0:
                if not select.select([self._from], [], [], left if self._heard else min(left, _MADE_ANEW))[0]:
                    self._refuse_renewed()
                    continue
                with contextlib.suppress(BlockingIOError):
                    if data := os.read(self._from, _PIECE):
                        self._heard = True
                        return data
                    if self._heard:
                        raise AudacityError(GONE)
                # Audacity has not opened its end yet: until then a FIFO reads as one that has come to its end.
                self._refuse_renewed()
                time.sleep(0.02)
            return b""

        def close(self) -> None:
            os.close(self._from)
            os.close(self._to)

        def _refuse_renewed(self) -> None:
            """Raise where the open FIFO is not the one that others find by its name, and nothing was heard yet."""
            try:
                same = os.path.samestat(os.fstat(self._to), self._path.lstat())
            except OSError:
                same = False
            if not (same or self._heard):
                raise RenewedError(GONE)

    def _open_to_reader(path: Path, end: float) -> int:
        """Open the way to Audacity; a killed one has left it behind without a reader, where this fails."""
        while True:
            try:
                return os.open(path, os.O_WRONLY | os.O_NONBLOCK)
            except OSError:
                if time.monotonic() >= end:
                    raise AudacityError(ABSENT) from None
                time.sleep(0.02)

    def _own_fifo(path: Path) -> bool:
        """Whether a FIFO is there and this user's: anybody may make one in ``/tmp``."""
        try:
            status = path.lstat()
        except OSError:
            return False
        return stat.S_ISFIFO(status.st_mode) and status.st_uid == os.getuid()


class _WindowsPipes:
    end_of_line = b"\r\n\0"

    def __init__(self) -> None:
        try:
            self._to = open(r"\\.\pipe\ToSrvPipe", "wb", buffering=0)  # noqa: PTH123, SIM115
            self._from = open(r"\\.\pipe\FromSrvPipe", "rb", buffering=0)  # noqa: PTH123, SIM115
        except OSError:
            raise AudacityError(ABSENT) from None
        self._come: queue.SimpleQueue[bytes] = queue.SimpleQueue()
        # A read there ends with its data only: it waits beside us.
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self) -> None:
        data = b"?"
        while data:
            try:
                data = self._from.read(_PIECE)
            except (OSError, ValueError):
                data = b""
            self._come.put(data)

    def send(self, data: bytes, seconds: float) -> None:
        try:
            self._to.write(data)
        except OSError:
            raise AudacityError(GONE) from None

    def receive(self, seconds: float) -> bytes:
        try:
            data = self._come.get(timeout=seconds)
        except queue.Empty:
            return b""
        if not data:
            raise AudacityError(GONE)
        return data.replace(b"\0", b"")

    def close(self) -> None:
        self._to.close()
