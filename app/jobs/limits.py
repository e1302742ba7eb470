"""Fair shares: how much one caller may ask for, and all of them together."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from math import ceil

from app.config import Settings
from app.errors import LimitError
from app.jobs.arriving import Arriving
from app.jobs.rates import Counts, rate_words, rates, seconds_a_day
from app.jobs.shares import Shares, SharesOf
from app.jobs.waiting import duration_words

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
    seconds: float = 0.0
    longest: float = 0.0
    waiting: int = 0


class Limits:
    """What is counted, for as long as the server runs; in memory.

    Args:
        settings: the server's; a limit of 0 is none.
        shares_of: tells a caller's.

    Attributes:
        watchers: told of each upload that has arrived: its bytes.

    Raises:
        SettingsError: a rate is none.
    """

    def __init__(self, settings: Settings, shares_of: SharesOf) -> None:
        self._shares_of = shares_of
        rates("caller_rate", settings.caller_rate)
        self._rates = rates("rate", settings.rate)
        self._minutes, self._upload = settings.minutes, settings.upload
        self._uploads: Counter[str] = Counter()
        self.watchers: list[Callable[[int], None]] = []

    def admit(self, demand: Demand) -> None:
        """Count a job, or refuse it; what is refused is not counted.

        Raises:
            LimitError: which limit, what it is, and when to try again.
            SettingsError: the file of keys cannot be read.
        """
        shares = self._shares_of(demand.who)
        longest, most = shares.longest_region * 60.0, shares.caller_queue
        if longest and demand.longest > longest:
            whose = "Your key allows" if "longest_region" in shares.own else "This server takes"
            raise LimitError(
                f"{whose} at most {shares.longest_region:g} min of sound at once, and this is "
                f"{ceil(demand.longest / 0.6) / 100:g} min; send a shorter region."
            )
        if most and demand.waiting >= most:
            jobs = "1 job" if most == 1 else f"{most} jobs"
            raise LimitError(f"You have {jobs} waiting, which is the most here; wait until one has ended.", 5.0)
        wanted = []
        for who, asked in ((demand.who, rates("caller_rate", shares.caller_rate)), ("", self._rates)):
            wanted += [(rate, who, 1, rate_words(rate)) for rate in asked]
        for who, minutes in ((demand.who, shares.caller_minutes), ("", self._minutes)):
            if minutes and demand.seconds:
                words = f"{minutes:g} min of sound in 24 h"
                wanted.append((seconds_a_day(minutes * 60.0), who, ceil(demand.seconds), words))
        for rate, who, cost, words in wanted:
            if (again := self._counts.refused(rate, who, cost)) is not None:
                whose = "You may have" if who else "All callers together may have"
                when = f"; try again in {duration_words(again)}" if again else ", so this one is too long for a day"
                raise LimitError(f"{whose} at most {words}{when}.", again)
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
            SettingsError: the file of keys cannot be read.
        """
        shares = self._shares_of(who)
        arriving = Arriving(lambda size, before: self._take(who, shares, size, before), declared)
        try:
            yield arriving
            for watch in self.watchers:
                watch(arriving.size)
        finally:
            self._count(who, -arriving.size)
            self._uploads = +self._uploads

    def _take(self, who: str, shares: Shares, size: int, before: int) -> None:
        """Count ``size`` bytes more of an upload that has brought others before.

        Raises:
            LimitError: there is no room for more; nothing is counted then.
        """
        for name, most, words in (
            (who, shares.caller_upload * _MIB, "You may send"),
            ("", self._upload * _MIB, "All together may send"),
        ):
            if most and before + size > most:
                raise LimitError(f"{words} at most {most // _MIB} MiB at once, and this is more.")
            if most and self._uploads[name] + size > most:
                raise LimitError(f"{words} at most {most // _MIB} MiB at once; wait until an upload has ended.", 5.0)
        self._count(who, size)

    def _count(self, who: str, size: int) -> None:
        for name in (who, ""):
            self._uploads[name] += size

    @cached_property
    def _counts(self) -> Counts:
        """Made where something is counted only: its library takes a moment to import."""
        return Counts()
