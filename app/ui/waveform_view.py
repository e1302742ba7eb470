"""Waveforms, players and labels as HTML and SVG: text in, text out.

``static/page.js`` brings them to life; what it reads are the ``data-`` attributes written here.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import Any

from app.harp.labels import Label

MOST_DRAWN = 2000
"""Labels drawn over one waveform; more would be too thin to hit."""

MOST_ROWS = 500
"""Rows of the label table; the label file holds them all."""

_TONES = 6
_MOST_LANES = 4
_HEIGHT = 100


@dataclass(frozen=True)
class Peaks:
    """The outline of a sound.

    Attributes:
        seconds: the sound's length.
        sample_rate: in Hz.
        channels: how many there are.
        minimum, maximum: the extremes of each column over all channels, -1 to 1.
    """

    seconds: float
    sample_rate: int
    channels: int
    minimum: tuple[float, ...]
    maximum: tuple[float, ...]


def read_peaks(path: Path) -> Peaks:
    """Read the outline that a worker wrote.

    Raises:
        ValueError: the file is no such outline.
        OSError: the file cannot be read.
    """
    try:
        record: Mapping[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        peaks = Peaks(
            seconds=float(record["seconds"]),
            sample_rate=int(record["sample_rate"]),
            channels=int(record["channels"]),
            minimum=tuple(float(value) for value in record["minimum"]),
            maximum=tuple(float(value) for value in record["maximum"]),
        )
    except (KeyError, TypeError, AttributeError) as error:
        raise ValueError("not an outline of a sound") from error
    if len(peaks.minimum) != len(peaks.maximum):
        raise ValueError("an outline needs as many minima as maxima")
    return peaks


def clock(seconds: float) -> str:
    """Write a time as ``m:ss`` or ``h:mm:ss``.

    >>> clock(75.4), clock(3600)
    ('1:15', '1:00:00')
    """
    whole = int(max(seconds, 0.0))
    hours, rest = divmod(whole, 3600)
    minutes, second = divmod(rest, 60)
    return f"{hours}:{minutes:02d}:{second:02d}" if hours else f"{minutes}:{second:02d}"


def facts(peaks: Peaks) -> str:
    """Return length, rate and channels in words."""
    names = {1: "mono", 2: "stereo"}
    length = f"{peaks.seconds:.1f} s" if peaks.seconds < 60 else clock(peaks.seconds)
    return f"{length} · {peaks.sample_rate / 1000:g} kHz · {names.get(peaks.channels, f'{peaks.channels} channels')}"


def outline(peaks: Peaks) -> str:
    """Return the SVG path around the waveform, in a box as wide as it has columns and 100 high.

    Silence is drawn as a hairline, and what goes beyond full scale touches the edge.
    """
    middle, reach = _HEIGHT / 2, _HEIGHT / 2 - 3

    def height(value: float, least: float) -> str:
        return f"{middle - min(max(value, -1.0), 1.0) * reach - least:.1f}".removesuffix(".0")

    top = [f"{x} {height(value, 0.6)}" for x, value in enumerate(peaks.maximum)]
    bottom = [f"{x} {height(value, -0.6)}" for x, value in enumerate(peaks.minimum)]
    if len(top) == 1:  # one column has no width: draw it as two
        top, bottom = [*top, "1" + top[0][1:]], [*bottom, "1" + bottom[0][1:]]
    return f"M{'L'.join(top)}L{'L'.join(reversed(bottom))}Z" if top else ""


def player(
    key: str,
    name: str,
    peaks: Peaks,
    source: str,
    *,
    tone: int = 0,
    download: str = "",
    note: str = "",
    labels: Sequence[Label] | None = None,
    strip: str = "",
) -> str:
    """Return one player: play button, waveform with playhead, time, download link, labels over it.

    Args:
        key: unique on the page; letters, digits and ``-``.
        name: what is played, as the user reads it.
        peaks: its outline.
        source: URL of a file that a browser can play.
        tone: which of the page's colours it has.
        download: URL of the file to keep; empty for no link.
        note: what stands beside the download link, such as ``WAV, 1.2 MB``.
        labels: what to draw over the waveform; ``None`` for a player without labels.
        strip: its controls in a mixer, as HTML.
    """
    columns = max(len(peaks.maximum) - 1, 1)
    said = escape(name, quote=True)
    link = ""
    if download:
        link = (
            f'<a class="hp-get" href="{escape(download, quote=True)}" download aria-label="Download {said}">'
            f"Download<small>{escape(note)}</small></a>"
        )
    over = "" if labels is None else f'<div class="hp-labels">{draw_labels(labels, peaks.seconds)}</div>'
    return (
        f'<figure class="hp-player hp-tone-{tone % _TONES}{"" if labels is None else " hp-labelled"}" data-player '
        f'data-seconds="{peaks.seconds:.6f}"><figcaption><strong>{escape(name)}</strong>'
        f"<span>{escape(facts(peaks))}</span>{link}</figcaption>"
        f'<div class="hp-line"><button type="button" class="hp-play" data-play aria-label="Play {said}"></button>'
        f'<div class="hp-stage"><div class="hp-wave" data-wave role="slider" tabindex="0" '
        f'aria-label="Position in {said}" aria-valuemin="0" aria-valuemax="{peaks.seconds:.2f}" aria-valuenow="0" '
        f'aria-valuetext="0:00 of {clock(peaks.seconds)}">'
        f'<svg viewBox="0 0 {columns} {_HEIGHT}" preserveAspectRatio="none" aria-hidden="true" focusable="false">'
        f'<defs><path id="{key}-p" d="{outline(peaks)}"/><clipPath id="{key}-c">'
        f'<rect data-done width="0" height="{_HEIGHT}"/></clipPath></defs>'
        f'<use href="#{key}-p" class="hp-rest"/><use href="#{key}-p" class="hp-done" clip-path="url(#{key}-c)"/></svg>'
        f'<i class="hp-head" data-head></i></div>{over}</div>'
        f'<span class="hp-time" data-time>0:00</span></div>{strip}'
        f'<audio preload="none" src="{escape(source, quote=True)}"></audio></figure>'
    )


def css_colour(colour: int) -> str:
    """Return an ARGB int as CSS; without one, the page's accent.

    >>> css_colour(0xFF102030)
    '#102030'
    """
    return f"#{colour & 0xFFFFFF:06x}" if colour else "var(--hp-accent)"


def span(label: Label) -> str:
    """Return when a label is, such as ``1.20 – 2.50 s``."""
    if not label.duration:
        return f"{label.t:.2f} s"
    return f"{label.t:.2f} – {label.t + label.duration:.2f} s"


def draw_labels(
    labels: Sequence[Label], seconds: float, place: Callable[[Label], tuple[float, float] | None] | None = None
) -> str:
    """Return labels as buttons that lie over a picture of so many seconds.

    Args:
        labels: what to draw.
        seconds: how long the picture is.
        place: returns where a label has its own place: its top and its height, in percent; others get lanes.
    """
    whole = seconds or 1.0
    names = _lanes(labels)
    tall = 100 / len(names)
    parts = []
    for label in labels[:MOST_DRAWN]:
        top = tall * names.index(label.label) if len(names) > 1 else 0.0
        own = place(label) if place else None
        top, high = own or (top, tall)
        left = 100 * min(max(label.t / whole, 0.0), 1.0)
        width = min(100 * (label.duration or 0.0) / whole, 100 - left)
        tip = " · ".join(text for text in (label.label, span(label), label.description) if text)
        kind = ("hp-span" if label.duration else "hp-point") + (" hp-keyed" if own else "")
        parts.append(
            f'<button type="button" tabindex="-1" class="hp-label {kind}" data-seek="{label.t:.4f}" '
            f'data-tip="{escape(tip, quote=True)}" aria-label="Play from {escape(tip, quote=True)}" '
            f'style="left:{left:.3f}%;width:{width:.3f}%;top:{top:.1f}%;height:{high:.1f}%;'
            f'--c:{css_colour(label.color)}">'
            f"<span>{escape(label.label)}</span></button>"
        )
    return "".join(parts)


def _lanes(labels: Sequence[Label]) -> list[str]:
    """Return one name per lane: labels that overlap in time go under each other by name, where names are few."""
    names = list(dict.fromkeys(label.label for label in labels))
    ends = [label.t + (label.duration or 0.0) for label in labels]
    overlap = any(after.t < end or after.t == label.t for label, end, after in zip(labels, ends, labels[1:]))
    return names if overlap and 1 < len(names) <= _MOST_LANES else [""]


def label_table(labels: Sequence[Label]) -> str:
    """Return the labels as a table; the time of each row plays from there."""
    if not labels:
        return '<p class="hp-none">No labels: the model found nothing to mark here.</p>'
    rows = []
    for label in labels[:MOST_ROWS]:
        end = f"{label.t + label.duration:.2f}" if label.duration else ""
        rows.append(
            f'<tr><td><button type="button" class="hp-from" data-seek="{label.t:.4f}" '
            f'aria-label="Play from {label.t:.2f} seconds">{label.t:.2f}</button></td><td>{end}</td>'
            f'<td><i class="hp-dot" style="--c:{css_colour(label.color)}"></i>{escape(label.label)}</td>'
            f"<td>{escape(label.description or '')}</td></tr>"
        )
    more = len(labels) - MOST_ROWS
    rest = f'<p class="hp-none">{more} more are in the label file.</p>' if more > 0 else ""
    return (
        '<div class="hp-table" tabindex="0" role="region" aria-label="Labels"><table><thead><tr>'
        '<th scope="col">Start (s)</th><th scope="col">End (s)</th><th scope="col">Label</th>'
        f'<th scope="col">Details</th></tr></thead><tbody>{"".join(rows)}</tbody></table></div>{rest}'
    )
