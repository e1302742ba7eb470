"""Commands to Audacity, and its answers, as its scripting reference has them."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from app.audacity.channel import Channel, RenewedError, open_channel
from app.errors import AudacityError

DIALOG = (
    "Audacity does not go on: it may have a dialog open, or no project. Look at its window, close the dialog, and try "
    "again."
)
_DONE, _FAILED = "BatchCommand finished: OK", "BatchCommand finished: Failed!"
_LONGEST = 32 * 1024 * 1024
"""Bytes of an answer: the labels of a long project are some megabytes."""


class Pipe:
    """One conversation with Audacity; see :func:`audacity`.

    Args:
        channel: carries it.
        patience: seconds that a command may take which has nothing to compute.
    """

    def __init__(self, channel: Channel, patience: float = 10.0) -> None:
        self._channel = channel
        self.patience = patience
        self._come = bytearray()

    def greet(self) -> None:
        """Find out whether Audacity listens, and skip what it still has to say to whoever gave up before.

        Raises:
            AudacityError: it does not.
        """
        word = f"harpist-{secrets.token_hex(8)}"
        self._send(f'Message: Text="{word}"', self.patience)
        end = time.monotonic() + self.patience
        while word not in self._answer(end, DIALOG):
            pass

    def ask(self, command: str, seconds: float = 0.0, dialog: str = DIALOG) -> str:
        """Return what Audacity answers to a command, without its last line.

        Args:
            command: on one line.
            seconds: how long it may take; 0: as long as one that has nothing to compute.
            dialog: what is said where it takes longer.

        Raises:
            AudacityError: it did not do it, did not answer in time, or was closed.
        """
        done, answer = self.tell(command, seconds, dialog)
        if not done:
            name = command.partition(":")[0]
            raise AudacityError(f"Audacity could not do “{name}”{f': {answer[:200]}' if answer else '.'}")
        return answer

    def tell(
        self, command: str, seconds: float = 0.0, dialog: str = DIALOG, begun: Callable[[], bool] | None = None
    ) -> tuple[bool, str]:
        """Return whether Audacity did what it was told, and what it said; else as :meth:`ask`.

        Args:
            command: on one line.
            seconds: how long it may take; 0: as long as one that has nothing to compute.
            dialog: what is said where it takes longer.
            begun: tells whether Audacity has begun with it, where that can be seen; if not, patience ends earlier.
        """
        self._send(command, seconds or self.patience)
        end = time.monotonic() + (seconds or self.patience)
        try:
            answer = self._answer(min(end, time.monotonic() + self.patience) if begun else end, dialog)
        except AudacityError:
            if begun is None or not begun():
                raise
            answer = self._answer(end, dialog)
        done = answer.endswith(_DONE)
        return done, answer.removesuffix(_DONE if done else _FAILED).strip()

    def close(self) -> None:
        """End the conversation."""
        self._channel.close()

    def _send(self, command: str, seconds: float) -> None:
        self._channel.send(command.encode("utf-8", "replace") + self._channel.end_of_line, seconds)

    def _answer(self, end: float, silence: str) -> str:
        """Return the next answer: it ends with an empty line behind the word of how it went."""
        looked = 0
        while True:
            for last in (_DONE, _FAILED):
                ending = f"{last}\n\n".encode()
                at = self._come.find(ending, max(0, looked - len(ending)))
                if at >= 0:
                    answer = self._come[: at + len(last)]
                    del self._come[: at + len(ending)]
                    return answer.decode("utf-8", "replace")
            looked = len(self._come)
            left = end - time.monotonic()
            data = self._channel.receive(left) if left > 0 else b""
            if not data:
                raise AudacityError(silence)
            self._come += data.replace(b"\r", b"")
            if len(self._come) > _LONGEST:
                raise AudacityError("Audacity's answer does not end; start Audacity anew.")


@contextmanager
def audacity(folder: Path | None = None, patience: float = 10.0) -> Iterator[Pipe]:
    """Open a conversation with this user's Audacity, and end it.

    Args:
        folder: where its pipe lies, unless it is Audacity's own place.
        patience: seconds that a command may take which has nothing to compute, and that another may use the pipe.

    Raises:
        AudacityError: none is running, its module is off, or it is busy.
    """
    pipe = _greeted(folder, patience)
    try:
        yield pipe
    finally:
        pipe.close()


def _greeted(folder: Path | None, patience: float) -> Pipe:
    """Return a pipe at which Audacity listens; what it makes anew meanwhile is opened anew."""
    end = time.monotonic() + patience
    while True:
        pipe = Pipe(open_channel(folder, patience), patience)
        try:
            pipe.greet()
            return pipe
        except BaseException as error:
            pipe.close()
            if not isinstance(error, RenewedError) or time.monotonic() >= end:
                raise


def quoted(text: str) -> str:
    r"""Return a text as the value of a command's parameter.

    >>> print(quoted('a "b"'))
    "a \"b\""
    """
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
