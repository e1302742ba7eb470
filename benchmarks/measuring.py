"""Ratios on a machine that others use too: what is compared runs in turns, and every turn gives one ratio."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from statistics import median


@dataclass(frozen=True)
class Ratios:
    """The ratios of one line, one a turn."""

    values: tuple[float, ...]

    @property
    def median(self) -> float:
        """The middle one."""
        return median(self.values)

    @property
    def spread(self) -> str:
        """The smallest and the largest."""
        return f"{shown(min(self.values))} – {shown(max(self.values))}"

    @property
    def cells(self) -> tuple[str, str, str]:
        """Median, spread and number of turns, as the tables show them."""
        return f"**{shown(self.median)}**", self.spread, str(len(self.values))


def shown(ratio: float) -> str:
    """Return a ratio as the tables show it.

    >>> shown(1.053), shown(0.00412), shown(593.8)
    ('1.05', '0.0041', '594')
    """
    return f"{ratio:.2f}" if 0.1 <= ratio < 100 else f"{ratio:.2g}" if ratio < 0.1 else f"{ratio:.0f}"


def seconds(work: Callable[[], object]) -> float:
    """Return how long ``work`` takes (s)."""
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def in_turns(works: Mapping[str, Callable[[], float]], turns: int) -> list[dict[str, float]]:
    """Measure all ``works`` once a turn, in an order that is reversed every time, so that a drift favours none.

    Args:
        works: what each measures of itself, usually seconds.
        turns: how often.
    """
    results: list[dict[str, float]] = []
    names = list(works)
    for turn in range(turns):
        order = names if turn % 2 == 0 else names[::-1]
        results.append({name: works[name]() for name in order})
    return results


def ratios(results: list[dict[str, float]], one: str, other: str) -> Ratios:
    """Return ``one / other`` of every turn."""
    return Ratios(tuple(result[one] / result[other] for result in results))


def goal(value: float, limit: float) -> str:
    """Say whether a ratio that should be at most ``limit`` is."""
    return f"at most {limit:.2f}: {'met' if value <= limit else 'missed'}"
