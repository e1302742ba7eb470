"""How much one caller may ask for: the server's settings, or what somebody has of their own."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields, replace
from types import MappingProxyType
from typing import Any

from app.config import Settings

OwnShares = Callable[[str], Mapping[str, int | float | str]]
"""Tells what an account has in place of the server's settings, by their names."""


@dataclass(frozen=True)
class Shares:
    """One caller's shares, each as the setting of its name; 0 and ``""`` are no limit.

    Attributes:
        caller_jobs: jobs that run at the same time.
        caller_queue: jobs that wait.
        caller_rate: jobs in a time, such as ``60/hour``.
        caller_minutes: minutes of sound in 24 hours.
        caller_upload: MiB that are being sent at the same time.
        longest_region: minutes of one sound.
        own: the names of those that are not the server's.
    """

    caller_jobs: int
    caller_queue: int
    caller_rate: str
    caller_minutes: float
    caller_upload: int
    longest_region: float
    own: frozenset[str] = frozenset()


SHARES = tuple(item.name for item in fields(Shares) if item.name != "own")
"""The settings that limit one caller."""


class SharesOf:
    """Tells each caller's shares.

    Args:
        settings: the server's, for whoever has none of their own.
        own: what somebody has.
    """

    def __init__(self, settings: Settings, own: OwnShares) -> None:
        self._everyones = Shares(*(getattr(settings, name) for name in SHARES))
        self._own = own

    def __call__(self, account: str) -> Shares:
        """Return an account's shares as they are now.

        Raises:
            SettingsError: the file of keys cannot be read.
        """
        own: Mapping[str, Any] = self._own(account)
        return replace(self._everyones, **own, own=frozenset(own)) if own else self._everyones


def nothing_of_their_own(_account: str) -> Mapping[str, int | float | str]:
    """Tell that an account has nothing in place of the server's settings."""
    return MappingProxyType({})
