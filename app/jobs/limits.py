"""Fair shares: how much one caller may ask for, and all of them together."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from math import ceil, floor
from typing import TYPE_CHECKING

from app.config import Settings
from app.errors import LimitError, SettingsError
from app.jobs.arriving import Arriving
from app.jobs.waiting import duration_words

if TYPE_CHECKING:
    from limits import RateLimitItem

_MIB = 1024 * 1024


@dataclass(frozen=True)
class Demand:
    """What a job asks for.

    Attributes:
        who: its caller.
        seconds: of sound, all its tracks together.
        longest: seconds of its longest track.
        waiting: how many jobs of this caller wait already.
    """

    who: str
    seconds: float
    longest: float
    waiting: int


class Limits:
    """What is counted, for as long as the server runs; in memory, by the library ``limits``.

    Args:
        settings: the server's; a limit of 0 is none.

    Attributes:
        watchers: told of each upload that has arrived: its bytes.

    Raises:
        SettingsError: a rate is none.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._rates = tuple(
            (each, rate)
            for each, name in ((True, "caller_rate"), (False, "rate"))
            for rate in _rates(name, getattr(settings, name))
        )
        self._daily = settings.caller_minutes * 60.0, settings.minutes * 60.0
        self._uploads: Counter[str] = Counter()
        self.watchers: list[Callable[[int], None]] = []
        self._counts = _Counts() if self._rates or any(self._daily) else None

    def admit(self, demand: Demand) -> None:
        """Count a job, or refuse it; what is refused is not counted.

        Raises:
            LimitError: which limit, what it is, and when to try again.
        """
        settings = self._settings
        longest, most = settings.longest_region * 60.0, settings.caller_queue
        if longest and demand.longest > longest:
            raise LimitError(
                f"This server takes at most {settings.longest_region:g} min of sound at once, and this is "
                f"{duration_words(demand.longest)}; send a shorter region."
            )
        if most and demand.waiting >= most:
            raise LimitError(f"You have {most} jobs waiting, which is the most here; wait until one has ended.", 5.0)
        if self._counts is None:
            return
        wanted = []
        for each, rate in self._rates:
            wanted.append((rate, demand.who if each else "", 1, f"{_you(each=each)} {_rate_words(rate)}"))
        for each, seconds in zip((True, False), self._daily):
            if seconds:
                words = f"{_you(each=each)} {seconds / 60:g} min of sound in 24 h"
                wanted.append((_seconds_a_day(seconds), demand.who if each else "", ceil(demand.seconds), words))
        for rate, who, cost, words in wanted:
            if (again := self._counts.refused(rate, who, cost)) is not None:
                when = f"; try again in {duration_words(again)}" if again else ", so this one is too long for a day"
                raise LimitError(f"{words}{when}.", again)
        for rate, who, cost, _ in wanted:
            self._counts.count(rate, who, cost)

    @contextmanager
    def uploading(self, who: str, declared: int) -> Iterator[Arriving]:
        """Count an upload while it arrives.

        Args:
            who: sends it.
            declared: its bytes; 0 where its client does not tell: then they are counted as they come.

        Raises:
            LimitError: too much is arriving at once.
        """
        arriving = Arriving(self._count, who, declared)
        try:
            yield arriving
            for watch in self.watchers:
                watch(arriving.size)
        finally:
            self._count(who, -arriving.size, 0)

    def _count(self, who: str, size: int, before: int) -> None:
        """Count ``size`` bytes more, or less, of an upload that has brought others before.

        Raises:
            LimitError: there is no room for more; nothing is counted then.
        """
        for name, most, words in (
            (who, self._settings.caller_upload * _MIB, "You may send"),
            ("", self._settings.upload * _MIB, "All together may send"),
        ):
            if most and before + size > most:
                raise LimitError(f"{words} at most {most // _MIB} MiB at once, and this is more.")
            if most and size > 0 and self._uploads[name] + size > most:
                raise LimitError(f"{words} at most {most // _MIB} MiB at once; wait until an upload has ended.", 5.0)
        for name in (who, ""):
            self._uploads[name] += size
        if size < 0:
            self._uploads = +self._uploads


class _Counts:
    """Counts by the library, which is imported where something is counted only."""

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


def _rates(name: str, text: str) -> list[RateLimitItem]:
    if not text:
        return []
    from limits import parse_many

    try:
        rates = list(parse_many(text))
    except ValueError:
        rates = []
    if not rates or any(rate.amount < 1 for rate in rates):
        raise SettingsError(
            f"The setting {name} expects a number of jobs and a time, such as 60/hour or 10/minute, not “{text[:40]}”."
        )
    return rates


def _seconds_a_day(seconds: float) -> RateLimitItem:
    from limits import RateLimitItemPerDay

    return RateLimitItemPerDay(ceil(seconds), namespace="sound")


def _rate_words(rate: RateLimitItem) -> str:
    per = duration_words(float(rate.get_expiry()))
    return f"{rate.amount} {'job' if rate.amount == 1 else 'jobs'} in {per}"


def _you(*, each: bool) -> str:
    return "You may have at most" if each else "All callers together may have at most"
