"""Rates, such as ``60/hour``: read and counted by the library ``limits``, which is imported where there is one only."""

from __future__ import annotations

from functools import lru_cache
from math import ceil, floor
from typing import TYPE_CHECKING

from app.errors import SettingsError
from app.jobs.waiting import duration_words

if TYPE_CHECKING:
    from limits import RateLimitItem


@lru_cache(maxsize=1024)
def rates(name: str, text: str) -> tuple[RateLimitItem, ...]:
    """Read the rates that a setting gives; none where it is empty.

    Raises:
        SettingsError: a rate is none.
    """
    if not text:
        return ()
    from limits import parse_many

    try:
        found = tuple(parse_many(text))
    except ValueError:
        found = ()
    if not found or any(rate.amount < 1 for rate in found):
        raise SettingsError(
            f"The setting {name} expects a number of jobs and a time, such as 60/hour or 10/minute, not “{text[:40]}”."
        )
    return found


def seconds_a_day(seconds: float) -> RateLimitItem:
    """Return the rate of so many seconds of sound in 24 hours."""
    from limits import RateLimitItemPerDay

    return RateLimitItemPerDay(ceil(seconds), namespace="sound")


def rate_words(rate: RateLimitItem) -> str:
    """Return a rate of jobs as one would say it, such as ``60 jobs in 60 min``."""
    per = duration_words(float(rate.get_expiry()))
    return f"{rate.amount} {'job' if rate.amount == 1 else 'jobs'} in {per}"


class Counts:
    """Counts in memory, for as long as the server runs."""

    def __init__(self) -> None:
        from limits.storage import MemoryStorage
        from limits.strategies import SlidingWindowCounterRateLimiter

        self._storage = MemoryStorage()
        self._strategy = SlidingWindowCounterRateLimiter(self._storage)

    def refused(self, rate: RateLimitItem, who: str, cost: int) -> float | None:
        """Return in how many whole seconds something may be done, 0: never; ``None`` where it may be done now.

        The library counts what came in this window of time, and of what came in the one before as large a part as
        there is left of this one; it tells when there is room for 1, not for more.
        """
        if cost > rate.amount:
            return 0.0
        if self._strategy.test(rate, who, cost=cost):
            return None
        window, room = float(rate.get_expiry()), rate.amount - cost + 1
        before, _, now, until = self._storage.get_sliding_window(rate.key_for(who), rate.get_expiry())
        left = until - window
        wait = left - (room - now) * window / before if now < room else left + window * (1 - room / now)
        return floor(wait) + 1.0

    def count(self, rate: RateLimitItem, who: str, cost: int) -> None:
        """Count something."""
        self._strategy.hit(rate, who, cost=cost)
