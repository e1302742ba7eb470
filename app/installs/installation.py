"""One installation, from the request to an endpoint or the reason why there is none."""

from __future__ import annotations

import enum
import threading
import time
from dataclasses import dataclass, field

from app.errors import HarpistError, JobCancelledError
from app.hub.ids import ModelReference
from app.hub.meter import Transfer

_STALE = 3.0
"""Seconds without news after which a speed says nothing any more."""


class InstallState(enum.Enum):
    """Where an installation is."""

    WAITING = "waiting"
    DOWNLOADING = "downloading"
    TRYING = "trying"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"

    @property
    def ended(self) -> bool:
        """Whether nothing more will happen."""
        return self in (InstallState.DONE, InstallState.FAILED, InstallState.CANCELLED)


@dataclass(eq=False)
class Installation:
    """What is known of one installation; written by the thread that installs and read by whoever watches.

    Attributes:
        reference: what was asked for.
        model_id: what it is called now, which differs where the hub has renamed it.
        revision: the commit, once it is installed.
        error: why it failed, or ``""``.
        cancel: set to end it.
    """

    reference: ModelReference
    model_id: str = ""
    state: InstallState = InstallState.WAITING
    revision: str = ""
    error: str = ""
    cancel: threading.Event = field(default_factory=threading.Event)
    _transfer: Transfer = Transfer(0, 0)
    _heard: float = 0.0

    def report(self, transfer: Transfer) -> None:
        """Take the progress of the download."""
        self._transfer, self._heard = transfer, time.monotonic()
        if self.state is InstallState.WAITING:
            self.state = InstallState.DOWNLOADING

    @property
    def transfer(self) -> Transfer:
        """The progress of the download; without a speed where nothing came for a while."""
        stale = time.monotonic() - self._heard > _STALE
        return Transfer(self._transfer.done, self._transfer.total) if stale else self._transfer

    def finish(self, model_id: str, commit: str) -> None:
        """It is installed."""
        self.model_id, self.revision, self.state = model_id, commit, InstallState.DONE

    def fail(self, error: HarpistError) -> None:
        """It is not, and why."""
        cancelled = isinstance(error, JobCancelledError)
        self.error = "" if cancelled else error.message
        self.state = InstallState.CANCELLED if cancelled else InstallState.FAILED

    def record(self) -> dict[str, object]:
        """Return it as the manager's JSON; sizes in bytes, the speed in bytes per second, what is left in seconds."""
        transfer = self.transfer
        running = self.state is InstallState.DOWNLOADING
        return {
            "id": self.reference.id,
            "model": self.model_id or self.reference.id,
            "state": self.state.value,
            "done": transfer.done,
            "total": transfer.total,
            "speed": transfer.speed if running else 0.0,
            "left": transfer.left if running else None,
            "error": self.error,
            "revision": self.revision or self.reference.revision,
        }
