"""What somebody who waits is told: the place in the queue, and how long."""

from __future__ import annotations

_WORTH_TELLING = 3.0
"""Seconds; a shorter wait needs no number."""
_ENDINGS = {1: "st", 2: "nd", 3: "rd"}


def waiting_words(place: int, seconds: float) -> str:
    """Return a job's place in the queue in words.

    >>> waiting_words(3, 38.0), waiting_words(11, 400.0), waiting_words(22, 0.0)
    ('3rd in the queue, about 40 s', '11th in the queue, about 7 min', '22nd in the queue')

    Args:
        place: 1 for the next one.
        seconds: that it may wait; 0 where nobody can tell.
    """
    ending = "th" if place % 100 in (11, 12, 13) else _ENDINGS.get(place % 10, "th")
    about = f", about {duration_words(seconds)}" if seconds >= _WORTH_TELLING else ""
    return f"{place}{ending} in the queue{about}"


def duration_words(seconds: float) -> str:
    """Return a duration as one would say it.

    >>> duration_words(8.0), duration_words(125.0), duration_words(9000.0)
    ('10 s', '2 min', '2.5 h')
    """
    if seconds < 60:
        return f"{5 * max(1, round(seconds / 5))} s"
    return f"{max(1, round(seconds / 60))} min" if seconds < 5400 else f"{seconds / 3600:.1f} h"
