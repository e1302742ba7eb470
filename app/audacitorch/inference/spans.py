"""What a labeler finds, between the model and HARP: stretches of a class, joined and cut."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

UNCERTAIN = -(2**62)
"""The class of spans below the confidence threshold; no model has it by accident."""

_TOUCHING = 1e-3


@dataclass(frozen=True)
class Span:
    """A stretch of one class.

    Attributes:
        start, end: in seconds from the region's start.
        kind: the class index, or :data:`UNCERTAIN`.
        confidence: 0 to 1, or ``None`` from a model that gives none.
    """

    start: float
    end: float
    kind: int
    confidence: float | None = None


def in_order(spans: Iterable[Span]) -> list[Span]:
    """Return spans by start, then end, then class."""
    return sorted(spans, key=lambda span: (span.start, span.end, span.kind))


def clip(spans: Iterable[Span], start: float, end: float) -> list[Span]:
    """Return what of each span lies between two times (s), without those of which nothing does."""
    return [
        span
        if start <= span.start and span.end <= end
        else replace(span, start=max(span.start, start), end=min(span.end, end))
        for span in spans
        if min(span.end, end) > max(span.start, start)
    ]


def join_neighbours(spans: Iterable[Span]) -> list[Span]:
    """Make one span of those of a class that touch; its confidence is their mean, weighted by their durations."""
    joined: list[Span] = []
    latest: dict[int, int] = {}
    for span in in_order(spans):
        place = latest.get(span.kind)
        if place is not None and span.start <= joined[place].end + _TOUCHING:
            before = joined[place]
            joined[place] = replace(before, end=max(before.end, span.end), confidence=_mean_confidence(before, span))
        else:
            latest[span.kind] = len(joined)
            joined.append(span)
    return joined


def _mean_confidence(one: Span, other: Span) -> float | None:
    if one.confidence is None or other.confidence is None:
        return None
    weight, other_weight = one.end - one.start, other.end - other.start
    return (weight * one.confidence + other_weight * other.confidence) / (weight + other_weight)
