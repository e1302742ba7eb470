"""Progress of a transfer: bytes, speed and time left."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

_EVERY = 0.1
_WINDOW = 5.0


@dataclass(frozen=True)
class Transfer:
    """How far a transfer is.

    Attributes:
        done, total: in bytes.
        speed: bytes per second over the last few seconds; 0 while nothing is known.
        left: seconds until the end at this speed; ``None`` while nothing is known.
    """

    done: int
    total: int
    speed: float = 0.0
    left: float | None = None


class Meter:
    """Measures one transfer.

    Args:
        total: bytes.
        report: takes the progress, at most ten times a second, and at the end.
        clock: seconds.
    """

    def __init__(
        self, total: int, report: Callable[[Transfer], None], clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._total = total
        self._report = report
        self._clock = clock
        self._seen: deque[tuple[float, int]] = deque()
        self._next = 0.0

    def update(self, done: int) -> None:
        """Tell that ``done`` bytes are here."""
        now = self._clock()
        if self._seen and done < self._seen[-1][1]:
            # It starts over; what was measured before says nothing.
            self._seen.clear()
        if self._seen and now < self._next:
            return
        self._next = now + _EVERY
        self._seen.append((now, done))
        while now - self._seen[0][0] > _WINDOW and len(self._seen) > 2:
            self._seen.popleft()
        (start, first) = self._seen[0]
        speed = (done - first) / (now - start) if now > start else 0.0
        self._report(Transfer(done, self._total, speed, (self._total - done) / speed if speed > 0 else None))

    def beyond(self, before: int) -> Callable[[int], None]:
        """Return what takes the bytes of one file that comes after ``before`` bytes of others."""
        return lambda here: self.update(before + here)

    def finish(self) -> None:
        """Tell that all of it is here."""
        self._report(Transfer(self._total, self._total, 0.0, 0.0))


def bytes_in_words(size: int) -> str:
    """Say a number of bytes.

    >>> bytes_in_words(383_000_000)
    '383 MB'
    """
    for unit, name in ((10**12, "TB"), (10**9, "GB"), (10**6, "MB"), (10**3, "kB")):
        if size >= unit:
            return f"{size / unit:.3g} {name}" if size < 1000 * unit else f"{size // unit} {name}"
    return f"{size} bytes"
