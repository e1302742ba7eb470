"""Whose each of Gradio's sessions is: what one is called its client chooses, and another's may be called the same."""

from __future__ import annotations

from collections.abc import MutableMapping
from typing import Any

from starlette.datastructures import Headers

from app.errors import AccessError
from app.jobs.job import known_in

_MOST = 20_000


class SessionOwners:
    """The sessions of one page, where the server knows people: each belongs to whoever used it first."""

    def __init__(self) -> None:
        self._of: dict[str, str] = {}

    def check(self, session: str, scope: MutableMapping[str, Any]) -> None:
        """Let a request through that names a session of its sender's, or a new one.

        Raises:
            AccessError: the session is another person's.
        """
        known, _ = known_in(Headers(scope=scope).get("authorization", ""))
        if not known:
            return
        owner = self._of.pop(session, known)
        while len(self._of) >= _MOST:
            del self._of[next(iter(self._of))]
        self._of[session] = owner
        if owner != known:
            raise AccessError("This session belongs to somebody else, or to another key of yours; begin a new one.")
