"""What a labeler finds, between the model and HARP: stretches of a class, joined, filtered and drawn."""

from __future__ import annotations

import colorsys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from app.harp.labels import AudioLabel, LabelList, argb

UNCERTAIN = -(2**62)
"""The class of spans below the confidence threshold; no model has it by accident."""

_TOUCHING = 1e-3
_GREY = argb(150, 150, 150)


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


def label_list(spans: Iterable[Span], names: Sequence[str]) -> LabelList:
    """Turn spans into HARP's labels, sorted by start.

    Args:
        spans: what was found.
        names: the classes' names; a class without one is called ``class N``.
    """
    return LabelList(tuple(_label(span, names) for span in in_order(spans)))


def _label(span: Span, names: Sequence[str]) -> AudioLabel:
    start = round(span.start, 6)
    return AudioLabel(
        t=start,
        label=class_name(span.kind, names),
        duration=round(span.end - start, 6),
        description=None if span.confidence is None else f"confidence {100 * span.confidence:.0f} %",
        color=class_colour(span.kind),
    )


def class_name(kind: int, names: Sequence[str]) -> str:
    """Return the name of a class.

    >>> class_name(1, ["speech", "music"]), class_name(7, ["speech", "music"])
    ('music', 'class 7')
    """
    if kind == UNCERTAIN:
        return "uncertain"
    return (names[kind] if 0 <= kind < len(names) else "") or f"class {kind}"


def class_colour(kind: int) -> int:
    """Return a class's colour (ARGB), the same in every region and far from that of its neighbours."""
    if kind == UNCERTAIN:
        return _GREY
    # Steps of the golden ratio around the colour circle: any few of them lie far apart.
    hue = (0.58 + (kind % 10_000) * 0.6180339887) % 1.0
    red, green, blue = colorsys.hsv_to_rgb(hue, 0.6, 0.88)
    return argb(round(255 * red), round(255 * green), round(255 * blue))
