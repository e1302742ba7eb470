"""Labels as the files that other programs import. All times are seconds from the sound's start."""

from __future__ import annotations

import csv
import io
import json
from bisect import bisect_right
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from heapq import heappop, heappush

from app.harp.labels import Label, LabelList, audacity_text
from app.harp.wire import labels_answer

_POINT_SHOWN = 1.0
"""Seconds for which a subtitle stands that has no length of its own, unless the next one comes before."""


@dataclass(frozen=True)
class LabelFile:
    """A form of label file.

    Attributes:
        ending: of the file's name.
        program: that reads it.
        text: what is written.
    """

    ending: str
    program: str
    text: Callable[[LabelList], str]


def _audacity(labels: LabelList) -> str:
    return audacity_text(labels.labels)


def _reaper(labels: LabelList) -> str:
    """Write a table for REAPER's Region/Marker Manager: what lasts is a region, the rest are markers."""
    rows = []
    counts = {"R": 0, "M": 0}
    for label in labels.labels:
        kind = "R" if label.duration else "M"
        counts[kind] += 1
        end = [_clock(_end(label)), _clock(label.duration)] if label.duration else ["", ""]
        color = f"{label.color & 0xFFFFFF:06X}" if label.color else ""
        rows.append([f"{kind}{counts[kind]}", _line(label.label), _clock(label.t), *end, color])
    return _table(["#", "Name", "Start", "End", "Length", "Color"], rows)


def _csv(labels: LabelList) -> str:
    rows = [[f"{one.t:.6f}", f"{_end(one):.6f}", _line(one.label), one.description or ""] for one in labels.labels]
    return _table(["start", "end", "label", "description"], rows)


def _json(labels: LabelList) -> str:
    return json.dumps(labels_answer(labels), indent=1)


def _srt(labels: LabelList) -> str:
    """Write subtitles (SubRip); those without a length end with the next one, at the latest after a second."""
    ordered = sorted(labels.labels, key=lambda label: label.t)
    times = [label.t for label in ordered]
    pieces = []
    for number, label in enumerate(ordered, start=1):
        end = _end(label)
        if not label.duration:
            later = bisect_right(times, label.t)
            end = min([label.t + _POINT_SHOWN, *times[later : later + 1]])
        pieces.append(f"{number}\n{_subtitle_time(label.t)} --> {_subtitle_time(end)}\n{_line(label.label)}\n")
    return "\n".join(pieces)


def _lab(labels: LabelList) -> str:
    """Write lines “start end label”, as collections of music research have them (MIREX, Isophonics)."""
    return "".join(f"{one.t:.6f}\t{_end(one):.6f}\t{_line(one.label)}\n" for one in labels.labels)


def _textgrid(labels: LabelList) -> str:
    """Write a TextGrid of Praat (“TextGrid file formats”, long form).

    Intervals of one tier lie side by side without gaps, so that labels which overlap go to further tiers, and empty
    intervals fill the gaps; points have a tier of their own.
    """
    lasting = [label for label in labels.labels if label.duration]
    points = sorted((label for label in labels.labels if not label.duration), key=lambda label: label.t)
    end = max((_end(label) for label in labels.labels), default=0.0) or 1.0
    tiers = [_interval_tier(f"labels {number}", tier, end) for number, tier in enumerate(_apart(lasting), start=1)]
    if points:
        tiers.append(_point_tier(points, end))
    head = 'File type = "ooTextFile"\nObject class = "TextGrid"\n\n'
    head += f"xmin = 0\nxmax = {end:.6f}\ntiers? <exists>\nsize = {len(tiers)}\nitem []:\n"
    return head + "".join(f"    item [{number}]:\n{tier}" for number, tier in enumerate(tiers, start=1))


def _apart(labels: Iterable[Label]) -> list[list[Label]]:
    """Return labels in as few lists as it takes for none to overlap another of its list."""
    tiers: list[list[Label]] = []
    taken: list[tuple[float, int]] = []  # until when a list is, by its number
    free: list[int] = []
    for label in sorted(labels, key=lambda label: label.t):
        while taken and taken[0][0] <= label.t:
            heappush(free, heappop(taken)[1])
        number = heappop(free) if free else len(tiers)
        if number == len(tiers):
            tiers.append([])
        tiers[number].append(label)
        heappush(taken, (_end(label), number))
    return tiers


def _interval_tier(name: str, labels: Sequence[Label], end: float) -> str:
    spans: list[tuple[float, float, str]] = []
    at = 0.0
    for label in labels:
        if label.t > at:
            spans.append((at, label.t, ""))
        spans.append((label.t, _end(label), label.label))
        at = _end(label)
    if at < end:
        spans.append((at, end, ""))
    text = f'        class = "IntervalTier"\n        name = "{name}"\n        xmin = 0\n        xmax = {end:.6f}\n'
    text += f"        intervals: size = {len(spans)}\n"
    return text + "".join(
        f"        intervals [{number}]:\n            xmin = {start:.6f}\n            xmax = {stop:.6f}\n"
        f"            text = {_praat(said)}\n"
        for number, (start, stop, said) in enumerate(spans, start=1)
    )


def _point_tier(labels: Sequence[Label], end: float) -> str:
    text = f'        class = "TextTier"\n        name = "points"\n        xmin = 0\n        xmax = {end:.6f}\n'
    text += f"        points: size = {len(labels)}\n"
    return text + "".join(
        f"        points [{number}]:\n            number = {label.t:.6f}\n            mark = {_praat(label.label)}\n"
        for number, label in enumerate(labels, start=1)
    )


def _praat(text: str) -> str:
    doubled = _line(text).replace('"', '""')
    return f'"{doubled}"'


def _table(head: list[str], rows: Iterable[list[str]]) -> str:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(head)
    writer.writerows(rows)
    return text.getvalue()


def _end(label: Label) -> float:
    return label.t + (label.duration or 0.0)


def _line(text: str) -> str:
    return " ".join(text.split())


def _clock(seconds: float) -> str:
    """Return a time as minutes and seconds, which REAPER does not take for measures and beats."""
    micros = round(seconds * 1e6)
    return f"{micros // 60_000_000}:{micros // 1_000_000 % 60:02d}.{micros % 1_000_000:06d}"


def _subtitle_time(seconds: float) -> str:
    millis = round(seconds * 1e3)
    return f"{millis // 3_600_000:02d}:{millis // 60_000 % 60:02d}:{millis // 1000 % 60:02d},{millis % 1000:03d}"


LABEL_FILES = {
    "audacity": LabelFile(".txt", "Audacity’s label track", _audacity),
    "reaper": LabelFile(".csv", "REAPER’s Region/Marker Manager", _reaper),
    "csv": LabelFile(".csv", "a spreadsheet", _csv),
    "json": LabelFile(".json", "a program of your own", _json),
    "srt": LabelFile(".srt", "subtitles", _srt),
    "lab": LabelFile(".lab", "research tools", _lab),
    "textgrid": LabelFile(".TextGrid", "Praat", _textgrid),
}
"""Each form of label file, by the word for it."""
