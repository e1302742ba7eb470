"""Joining what a labeler found in chunks that share a stretch of sound: nothing lost, doubled or split at a seam."""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import replace

from app.audacitorch.inference.spans import Span, clip, in_order

_SAME_START = 0.05
"""Seconds by which two chunks may place one event apart without its two spans overlapping."""


class SeamJoiner:
    """Collects the spans of one chunk after the other.

    Both neighbours hear what lies around their seam. Spans of one class that they both found, told by their overlap,
    are one event: its start is the earlier chunk's if before the seam, its end the later chunk's if after it. What only
    one of them found counts if the greater part of it lies on its own side of the seam.
    """

    def __init__(self) -> None:
        self._settled: list[Span] = []
        self._open: list[Span] = []

    def add(self, spans: Iterable[Span], start: float, seam: float) -> None:
        """Add a chunk's spans, in seconds from the region's start.

        Args:
            spans: what was found in the chunk.
            start: where the chunk starts.
            seam: from where on it answers.
        """
        earlier: list[Span] = []
        for span in self._open:
            (earlier if span.end > start - _SAME_START else self._settled).append(span)
        self._open = _joined(earlier, list(spans), seam)

    def finish(self) -> list[Span]:
        """Return all spans, in order."""
        return in_order(self._settled + self._open)


def _joined(earlier: Sequence[Span], later: Sequence[Span], seam: float) -> list[Span]:
    pairs = _pairs(earlier, later)
    result = [_merged(earlier[i], later[j], seam) for i, j in pairs]
    paired_earlier, paired_later = {i for i, _ in pairs}, {j for _, j in pairs}
    for index, span in enumerate(earlier):
        if index not in paired_earlier and span.start + span.end <= 2 * seam:
            result += clip([span], 0.0, seam)
    for index, span in enumerate(later):
        if index not in paired_later and span.start + span.end > 2 * seam:
            result += clip([span], seam, span.end)
    return result


def _merged(earlier: Span, later: Span, seam: float) -> Span:
    start = earlier.start if earlier.start < seam else max(later.start, seam)
    end = later.end if later.end > seam else min(earlier.end, seam)
    owner = earlier if earlier.start + earlier.end <= 2 * seam else later
    return replace(owner, start=start, end=end) if start < end else owner


def _pairs(earlier: Sequence[Span], later: Sequence[Span]) -> list[tuple[int, int]]:
    """Return which span of ``earlier`` is which of ``later``: same class, greatest overlap first, each at most once."""
    by_kind: dict[int, list[int]] = defaultdict(list)
    for j in sorted(range(len(later)), key=lambda j: later[j].start):
        by_kind[later[j].kind].append(j)
    starts = {kind: [later[j].start for j in places] for kind, places in by_kind.items()}
    longest = {kind: max(later[j].end - later[j].start for j in places) for kind, places in by_kind.items()}
    candidates: list[tuple[float, float, int, int]] = []
    for i, one in enumerate(earlier):
        if one.kind not in by_kind:
            continue
        first = bisect_left(starts[one.kind], one.start - longest[one.kind] - _SAME_START)
        for j in by_kind[one.kind][first:]:
            other = later[j]
            if other.start > one.end + _SAME_START:
                break
            overlap = min(one.end, other.end) - max(one.start, other.start)
            apart = abs(one.start - other.start)
            if overlap > 0 or apart <= _SAME_START:
                candidates.append((-overlap, apart, i, j))
    pairs: list[tuple[int, int]] = []
    taken_earlier: set[int] = set()
    taken_later: set[int] = set()
    for _, _, i, j in sorted(candidates):
        if i not in taken_earlier and j not in taken_later:
            pairs.append((i, j))
            taken_earlier.add(i)
            taken_later.add(j)
    return pairs
