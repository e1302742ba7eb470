"""How curl takes a slow connection for a dead one, and one that is stricter still."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

LIMIT, SECONDS = 100.0, 120.0
"""What HARP 3.1.0 on Linux asks of a job's stream: bytes a second, and for how long fewer are borne."""
_SPAN = 5
"""Seconds over which curl takes its present speed."""


def gives_up(arrivals: Sequence[tuple[float, int]], until: float, scale: float = 1.0) -> float | None:
    """Return when (s) curl would give a stream up; ``None`` if it holds on.

    Once a second curl takes the speed over the last five; it goes when that has stayed under the limit for so long.

    Args:
        arrivals: when bytes came, and how many, from the start of the stream on.
        until: how long the stream is looked at (s).
        scale: how many seconds count as one.
    """
    slow_since: float | None = None
    for second in range(1, int(until / scale) + 1):
        now = second * scale
        recent = sum(size for at, size in arrivals if now - _SPAN * scale < at <= now)
        if recent / min(second, _SPAN) >= LIMIT:
            slow_since = None
        elif slow_since is None:
            slow_since = now
        elif now - slow_since >= SECONDS * scale:
            return now
    return None


def starves(arrivals: Sequence[tuple[float, int]], until: float, scale: float = 1.0) -> bool:
    """Return whether in any 120 s fewer bytes came than the limit asks for on the mean."""
    starts: Iterable[float] = (at for at in (0.0, *(at for at, _ in arrivals)) if at + SECONDS * scale <= until)
    return any(
        sum(size for at, size in arrivals if start < at <= start + SECONDS * scale) < LIMIT * SECONDS
        for start in starts
    )
