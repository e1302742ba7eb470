"""Piano rolls as HTML and SVG: text in, text out.

``static/roll.js`` plays and zooms them, and ``static/page.js`` treats them as any other player.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import Any

from app.harp.labels import Label, MidiLabel
from app.ui.waveform_view import clock, draw_labels

_TONES = 6
_ROW = 10
"""Height of a key, in units of the picture; its width is a hundredth of a second."""

_FEWEST_KEYS = 25
_READABLE_ROWS = 42
"""Keys above each other between which a label can still be read."""

_BLACK = (1, 3, 6, 8, 10)
_NAMES = ("C", "C♯", "D", "D♯", "E", "F", "F♯", "G", "G♯", "A", "A♯", "B")
DRUMS = 9


@dataclass(frozen=True)
class RollNotes:
    """What is drawn of a MIDI file.

    Attributes:
        seconds: its length.
        count: how many notes it has.
        notes: of those that are drawn: start and length (ms), pitch, velocity, channel, track.
        bars: where bars start, in seconds.
        tracks: how many tracks have notes.
    """

    seconds: float
    count: int
    notes: tuple[tuple[int, int, int, int, int, int], ...]
    bars: tuple[float, ...]
    tracks: int

    @property
    def keys(self) -> tuple[int, int]:
        """The lowest and the highest key that are drawn: at least two octaves."""
        pitches = [note[2] for note in self.notes] or [60]
        low, high = min(pitches) - 2, max(pitches) + 2
        more = max(0, _FEWEST_KEYS - (high - low + 1))
        low, high = low - more // 2, high + (more + 1) // 2
        over = max(0, high - 127)
        low, high = low - over, high - over
        return max(low, 0), min(high - min(low, 0), 127)


def read_roll(path: Path) -> RollNotes:
    """Read what a worker wrote (see :func:`app.midi.roll.roll`).

    Raises:
        ValueError: the file is nothing of the kind.
        OSError: the file cannot be read.
    """
    try:
        record: Mapping[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        notes = [tuple(int(value) for value in note) for note in record["notes"]]
        if any(len(note) != 6 or not 0 <= note[2] <= 127 for note in notes):
            raise ValueError("notes have six numbers")
        return RollNotes(
            seconds=float(record["seconds"]),
            count=int(record["count"]),
            notes=tuple(notes),  # type: ignore[arg-type]
            bars=tuple(float(bar) for bar in record["bars"]),
            tracks=int(record["tracks"]),
        )
    except (KeyError, TypeError, AttributeError) as error:
        raise ValueError("not the notes of a file") from error


def key_name(pitch: int) -> str:
    """Return a key's name.

    >>> key_name(60), key_name(22)
    ('C4', 'A♯0')
    """
    return f"{_NAMES[pitch % 12]}{pitch // 12 - 1}"


def roll_facts(roll: RollNotes) -> str:
    """Return length, notes and tracks in words."""
    length = f"{roll.seconds:.1f} s" if roll.seconds < 60 else clock(roll.seconds)
    notes = "1 note" if roll.count == 1 else f"{roll.count:,} notes"
    drawn = f", the first {len(roll.notes):,} drawn" if roll.count > len(roll.notes) else ""
    tracks = "1 track" if roll.tracks == 1 else f"{roll.tracks} tracks"
    return f"{length} · {notes}{drawn} · {tracks}" if roll.count else f"{length} · no notes"


def roll_player(
    key: str,
    name: str,
    roll: RollNotes,
    *,
    tone: int = 0,
    download: str = "",
    note: str = "",
    labels: Sequence[Label] | None = None,
) -> str:
    """Return one piano roll: play button, keys, notes with playhead, zoom, time, download link, labels over it.

    Args:
        key: unique on the page; letters, digits and ``-``.
        name: what is played, as the user reads it.
        roll: its notes.
        tone: which of the page's colours its first track has.
        download: URL of the file to keep; empty for no link.
        note: what stands beside the download link, such as ``MID, 1 kB``.
        labels: what to draw over the notes; ``None`` for none.
    """
    said = escape(name, quote=True)
    low, high = roll.keys
    seconds = max(roll.seconds, 0.001)
    width, height = round(100 * seconds, 1), _ROW * (high - low + 1)
    link = ""
    if download:
        link = (
            f'<a class="hp-get" href="{escape(download, quote=True)}" download aria-label="Download {said}">'
            f"Download<small>{escape(note)}</small></a>"
        )
    over = ""
    if labels is not None:
        over = f'<div class="hp-labels">{draw_labels(labels, seconds, lambda label: _row(label, low, high))}</div>'
    zoom = "".join(
        f'<button type="button" data-zoom="{step}" aria-label="Zoom {way} {said}">{sign}</button>'
        for step, way, sign in ((-1, "out of", "−"), (1, "into", "+"))
    )
    extent = (
        f"{key_name(min(n[2] for n in roll.notes))} to {key_name(max(n[2] for n in roll.notes))}" if roll.notes else ""
    )
    data = json.dumps([note[:5] for note in roll.notes], separators=(",", ":"))
    rows = high - low + 1
    kinds = ("" if labels is None else " hp-labelled") + (" hp-dense" if rows > _READABLE_ROWS else "")
    return (
        f'<figure class="hp-player hp-roll hp-tone-{tone % _TONES}{kinds}" style="--rows:{rows}" data-player '
        f'data-seconds="{seconds:.6f}"><figcaption><strong>{escape(name)}</strong>'
        f'<span>{escape(roll_facts(roll))}</span><span class="hp-zoom" role="group" aria-label="Zoom">{zoom}</span>'
        f'{link}</figcaption><div class="hp-line">'
        f'<button type="button" class="hp-play" data-play aria-label="Play {said}"></button>'
        f'<div class="hp-piano">{_keys(low, high)}<div class="hp-scroll" data-scroll><div class="hp-stage">'
        f'<div class="hp-wave" data-wave role="slider" tabindex="0" aria-label="Position in {said}" '
        f'aria-description="{escape(f"Piano roll, {roll_facts(roll)}, {extent}", quote=True)}. Plus and minus zoom." '
        f'aria-valuemin="0" aria-valuemax="{seconds:.2f}" aria-valuenow="0" aria-valuetext="0:00 of {clock(seconds)}">'
        f'<svg viewBox="0 0 {width} {height}" preserveAspectRatio="none" aria-hidden="true" focusable="false">'
        f"{_ground(roll.bars, low, high, width)}"
        f'<defs><g id="{key}-p">{_notes(roll, high, tone)}</g><clipPath id="{key}-c">'
        f'<rect data-done width="0" height="{height}"/></clipPath></defs>'
        f'<use href="#{key}-p" class="hp-rest"/><use href="#{key}-p" class="hp-done" clip-path="url(#{key}-c)"/></svg>'
        f'<i class="hp-head" data-head></i></div>{over}</div></div></div>'
        f'<span class="hp-time" data-time>0:00</span></div><i hidden data-notes="{escape(data, quote=True)}"></i>'
        "</figure>"
    )


def _row(label: Label, low: int, high: int) -> tuple[float, float] | None:
    """Return the top and height (percent) of a label that belongs to a key."""
    if not isinstance(label, MidiLabel) or label.pitch is None or not low <= label.pitch <= high:
        return None
    tall = 100 / (high - low + 1)
    return (high - label.pitch) * tall, tall


def _keys(low: int, high: int) -> str:
    """Return the keyboard at the side, whose keys sound when they are pressed."""
    keys, names = [], []
    for pitch in range(low, high + 1):
        y = _ROW * (high - pitch)
        black = pitch % 12 in _BLACK
        keys.append(f'<rect x="0" y="{y}" width="{22 if black else 36}" height="{_ROW}" class="{_SIDE[black]}"/>')
        if pitch % 12 == 0:
            names.append(f'<i style="bottom:{100 * (pitch - low) / (high - low + 1):.2f}%">{key_name(pitch)}</i>')
    height = _ROW * (high - low + 1)
    return (
        f'<div class="hp-keys" data-keys data-low="{low}" data-high="{high}" aria-hidden="true">'
        f'<svg viewBox="0 0 36 {height}" preserveAspectRatio="none">{"".join(keys)}</svg>{"".join(names)}</div>'
    )


_SIDE = {False: "hp-white", True: "hp-black"}


def _ground(bars: Sequence[float], low: int, high: int, width: float) -> str:
    rows = "".join(
        f"M0 {_ROW * (high - pitch)}h{width}v{_ROW}h-{width}z" for pitch in range(low, high + 1) if pitch % 12 in _BLACK
    )
    octaves = "".join(f"M0 {_ROW * (high - pitch + 1)}h{width}" for pitch in range(low, high + 1) if pitch % 12 == 0)
    lines = "".join(f"M{100 * bar:.1f} 0v{_ROW * (high - low + 1)}" for bar in bars)
    return f'<path class="hp-rows" d="{rows}"/><path class="hp-lines" d="{octaves}{lines}"/>'


def _notes(roll: RollNotes, high: int, tone: int) -> str:
    """Return the notes, a path for each track, in its colour."""
    paths: dict[int, list[str]] = {}
    for start, length, pitch, _, _, track in roll.notes:
        left, top, wide, tall = start / 10, _ROW * (high - pitch) + 1, max(length / 10, 0.4), _ROW - 2
        paths.setdefault(track, []).append(f"M{left:.1f} {top}h{wide:.1f}v{tall}h-{wide:.1f}z")
    return "".join(
        f'<path class="hp-tone-{(tone + place) % _TONES}" d="{"".join(boxes)}"/>'
        for place, (_, boxes) in enumerate(sorted(paths.items()))
    )
