"""From spans to HARP's labels: what each is called, and its colour and height, by which it is told apart."""

from __future__ import annotations

import colorsys
import math
from collections.abc import Iterable, Sequence

from app.audacitorch.inference.spans import UNCERTAIN, Span, in_order
from app.harp.labels import AudioLabel, LabelList, argb, contrast_with_white

CONTRAST = 4.5
"""Least contrast of a colour with the white text that HARP writes on it (WCAG 2.2, criterion 1.4.3)."""

HEIGHTS = (None, 0.0, 0.6, -0.6)
"""Where labels of one time are drawn: above the wave, and on it at these amplitudes; closer ones would touch."""

_GREY = argb(110, 110, 110)
_SAME_TIME = 1e-3
"""Seconds that two labels must share to hide each other."""


def label_list(spans: Iterable[Span], names: Sequence[str]) -> LabelList:
    """Turn spans into HARP's labels, sorted by start; those of different classes at one time lie at different heights.

    Args:
        spans: what was found.
        names: the classes' names; a class without one is called ``class N``.
    """
    ordered = in_order(spans)
    return LabelList(tuple(_label(span, names, height) for span, height in zip(ordered, _heights(ordered))))


def _label(span: Span, names: Sequence[str], height: float | None) -> AudioLabel:
    start = round(span.start, 6)
    return AudioLabel(
        t=start,
        label=class_name(span.kind, names),
        duration=round(span.end - start, 6),
        description=None if span.confidence is None else f"confidence {100 * span.confidence:.0f} %",
        color=class_colour(span.kind),
        amplitude=height,
    )


def _heights(spans: Sequence[Span]) -> list[float | None]:
    """Return one of :data:`HEIGHTS` for each span, in order of their starts: a class keeps its own where it can.

    A class that meets another at its height moves to a free one, and has that from the region's start on.
    """
    usual: dict[int, int] = {}
    _lanes(spans, usual)
    return [HEIGHTS[lane] for lane in _lanes(spans, usual)]


def _lanes(spans: Sequence[Span], usual: dict[int, int]) -> list[int]:
    """Return each span's lane; ``usual`` holds that of each class, and is brought up to date."""
    taken: list[tuple[float, int | None]] = [(-math.inf, None)] * len(HEIGHTS)
    lanes = []
    for span in spans:
        own = usual.get(span.kind, 0)
        free = (lane for lane in (own, *range(len(HEIGHTS))) if _is_free(taken[lane], span))
        # With more at once than there are heights, what ends first is hidden: for the shortest time.
        lane = next(free, None)
        if lane is None:
            lane = min(range(len(HEIGHTS)), key=lambda one: taken[one][0])
        until, kind = taken[lane]
        end = max(span.end, span.start + 2 * _SAME_TIME)
        taken[lane] = max(end, until) if kind == span.kind else end, span.kind
        usual[span.kind] = lane
        lanes.append(lane)
    return lanes


def _is_free(taken: tuple[float, int | None], span: Span) -> bool:
    until, kind = taken
    return kind == span.kind or until <= span.start + _SAME_TIME


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
    saturation = (0.7, 0.85, 0.6)[kind % 3]
    for thousandth in range(880, 0, -4):
        red, green, blue = (round(255 * part) for part in colorsys.hsv_to_rgb(hue, saturation, thousandth / 1000))
        if contrast_with_white(colour := argb(red, green, blue)) >= CONTRAST:
            return colour
    return _GREY
