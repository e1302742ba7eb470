"""A job that is watched, and can be ended in its middle."""

from __future__ import annotations

from app.errors import JobCancelledError


class Watched:
    """Takes what a job tells, and ends it where that is wanted."""

    def __init__(self, ends_at: float = 2.0) -> None:
        self.told: list[float] = []
        self._ends_at = ends_at

    def report(self, fraction: float, said: str = "") -> None:
        self.told.append(fraction)
        if fraction >= self._ends_at:
            raise JobCancelledError("The job was cancelled.")
