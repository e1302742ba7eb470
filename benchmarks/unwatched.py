"""Jobs that nobody watches."""

from __future__ import annotations


class Unwatched:
    """Takes what an endpoint tells of its progress, and never ends it."""

    def report(self, fraction: float, said: str = "") -> None:
        """Do nothing."""
