"""Why worker processes end, in a few words that are counted."""

from __future__ import annotations

import enum


class Why(enum.Enum):
    """Why a worker process has ended."""

    MEMORY = "memory"
    DISK = "disk"
    CANCELLED = "cancelled"
    TOO_LONG = "too long"
    LOADING = "not loaded"
    RESTLESS = "computed without a job"
    NO_ANSWER = "no answer"
    CRASH = "crash"
    NOT_NEEDED = "not needed"


def told_nobody(_why: Why) -> None:
    """Count nothing."""
