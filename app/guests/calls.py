"""The process calls that a guest works on, and which of them a cancel means."""

from __future__ import annotations

from dataclasses import dataclass, field

from app.errors import BusyError, HarpistError, JobCancelledError
from app.jobs.job import Caller

_MOST = 1000


@dataclass(eq=False)
class GuestCall:
    """One process call.

    Attributes:
        event: Gradio's id of it.
        caller: who made it.
        over: why it has ended, whatever the guest says; ``None`` while it has not.
    """

    event: str
    caller: Caller
    over: HarpistError | None = field(default=None)


class GuestCalls:
    """The open process calls of one guest."""

    def __init__(self) -> None:
        self._open: dict[str, GuestCall] = {}

    def begin(self, event: str, caller: Caller) -> None:
        """Note a call that was made."""
        if len(self._open) >= _MOST:
            del self._open[next(iter(self._open))]
        self._open[event] = GuestCall(event, caller)

    def find(self, event: str) -> GuestCall | None:
        """Return a call by Gradio's id."""
        return self._open.get(event)

    def end(self, event: str) -> None:
        """Note that a call's result was fetched, or that nobody waits for it any more."""
        self._open.pop(event, None)

    def any(self, caller: Caller) -> bool:
        """Whether a call runs that may be this caller's."""
        return bool(self._of(caller))

    def meant(self, caller: Caller) -> GuestCall | None:
        """Return the call that a cancel means, if that is beyond doubt: as for the server's own jobs."""
        return caller.meant(self._of(caller))

    def _of(self, caller: Caller) -> list[GuestCall]:
        return [call for call in self._open.values() if call.over is None and caller.means(call.caller)]

    def lost(self, cancelled: GuestCall) -> None:
        """Note that the guest is ended for one call's sake: every other one is lost."""
        cancelled.over = JobCancelledError("The job was cancelled.")
        for call in self._open.values():
            call.over = call.over or BusyError(
                "The app was started anew, since it went on with a job that another caller cancelled; send yours again."
            )
        self._open.clear()
