"""Cancels that come before their process call: HARP can cancel while it still sends the file, and believes it.

Nothing in such a cancel names the upload, nor in the upload the cancel. But HARP sends a file anew for each process
call: so what a caller began to send before its latest cancel, and has not processed yet, was cancelled.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from app.errors import JobCancelledError
from app.jobs.job import Caller

_MOST = 10_000


class Upload:
    """One upload to an endpoint, while it is being sent and after.

    Attributes:
        began: its place in the order of all uploads and cancels.
    """

    def __init__(self, caller: Caller, endpoint_id: str, began: int, began_at: dict[str, int]) -> None:
        self.caller = caller
        self.endpoint_id = endpoint_id
        self.began = began
        self._began_at = began_at

    def sent(self, names: Iterable[str]) -> None:
        """Note under which names (unguessable ones) a process call may ask for its files."""
        for name in names:
            if len(self._began_at) >= _MOST:
                del self._began_at[next(iter(self._began_at))]
            self._began_at[name] = self.began


class EarlyCancels:
    """Knows what was cancelled before it was called."""

    def __init__(self) -> None:
        self._order = itertools.count(1)
        self._began_at: dict[str, int] = {}
        self._cancelled_at: dict[tuple[str, object], int] = {}
        self._sending: list[Upload] = []

    @contextmanager
    def uploading(self, caller: Caller, endpoint_id: str) -> Iterator[Upload]:
        """Note an upload, from its first byte on."""
        upload = Upload(_nameless(caller), endpoint_id, next(self._order), self._began_at)
        self._sending.append(upload)
        try:
            yield upload
        finally:
            self._sending.remove(upload)

    def sending(self, caller: Caller, endpoint_id: str) -> int:
        """Return how many files a caller sends at this moment that no cancel has met.

        An upload does not say which of HARP 4's model tabs it is for: it counts for all that name none.
        """
        met = self._cancelled_at.get(_key(caller, endpoint_id), 0)
        return sum(
            upload.endpoint_id == endpoint_id and upload.caller == caller and upload.began > met
            for upload in self._sending
        )

    def cancel(self, caller: Caller, endpoint_id: str) -> None:
        """Note a cancel that met no job.

        Where a caller without a client value sends several files at once, it may be several callers: nothing is
        cancelled then.
        """
        if self.sending(caller, endpoint_id) > 1:
            return
        key = _key(caller, endpoint_id)
        self._cancelled_at.pop(key, None)
        if len(self._cancelled_at) >= _MOST:
            del self._cancelled_at[next(iter(self._cancelled_at))]
        self._cancelled_at[key] = next(self._order)

    def check(self, caller: Caller, endpoint_id: str, names: Iterable[str]) -> None:
        """Let a process call through whose files were not cancelled; they may be processed again from then on.

        Raises:
            JobCancelledError: the caller has cancelled since it began to send one of them.
        """
        names = list(names)
        met = self._cancelled_at.get(_key(caller, endpoint_id), 0)
        if any(self._began_at.get(name, met) < met for name in names):
            raise JobCancelledError("The job was cancelled.")
        for name in names:
            self._began_at.pop(name, None)


def _key(caller: Caller, endpoint_id: str) -> tuple[str, object]:
    """Return what tells one caller's cancels from another's, by the same rule as the job that a cancel means."""
    return endpoint_id, (caller.client, caller.known) if caller.client else caller


def _nameless(caller: Caller) -> Caller:
    return Caller(caller.address, caller.token, host=caller.host)
