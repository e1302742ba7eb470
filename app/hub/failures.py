"""What is worth trying again, and how patiently."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from app.errors import HubError, JobCancelledError

T = TypeVar("T")


class PassingError(HubError):
    """Something that may go better when it is tried again.

    Attributes:
        after: when, in seconds, if the hub says; infinite where trying again is of no use for now.
        everywhere: whether it befalls every request (no network, too many requests), not only this one.
    """

    status = 503

    def __init__(self, message: str, *, after: float | None = None, everywhere: bool = False) -> None:
        super().__init__(message)
        self.after = after
        self.everywhere = everywhere


@dataclass(frozen=True)
class Patience:
    """How long the hub is waited for; all in seconds.

    Attributes:
        tries: how often something is tried that makes no progress.
        file_tries: the same for a model's files, whose waits add up to half a minute: a network that is gone that long.
        pause: before the second try; twice as long before each further one.
        longest_pause: a hub that asks to wait longer is not waited for.
        timeout: for a connection, and for the next bytes on one.
        deadline: for a whole answer of the API; a model's files have none.
    """

    tries: int = 4
    file_tries: int = 7
    pause: float = 0.5
    longest_pause: float = 30.0
    timeout: float = 10.0
    deadline: float = 60.0

    def wait(self, error: PassingError, failures: int, cancel: threading.Event) -> None:
        """Wait before the next try, after ``failures`` failed ones.

        Raises:
            PassingError: ``error``, when it was tried often enough.
            JobCancelledError: ``cancel`` was set.
        """
        pause = self.pause * 2 ** (failures - 1) if error.after is None else error.after
        if failures >= self.tries or pause > self.longest_pause:
            raise error
        if cancel.wait(pause):
            raise cancelled()

    def apply(self, action: Callable[[], T], cancel: threading.Event) -> T:
        """Do ``action``, again where it fails for now.

        Raises:
            HubError: it failed for good, or too often.
            JobCancelledError: ``cancel`` was set while waiting.
        """
        failures = 0
        while True:
            try:
                return action()
            except PassingError as error:
                failures += 1
                self.wait(error, failures, cancel)


def cancelled() -> JobCancelledError:
    """What a cancelled installation ends with."""
    return JobCancelledError("The installation was cancelled.")
