"""The settings of effects over time, from a result's settings file, as small curves: text in, text out.

The file comes from a worker, so nothing of it is taken on trust.
"""

from __future__ import annotations

import json
import math
import zipfile
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import Any

FORMAT = "harpist-settings"

_LARGEST = 16 << 20
_MOST = 64
"""Knobs that are drawn."""

_POINTS = 4000
_WIDTH, _HEIGHT = 600, 60
_LONGEST = 80
_BROKEN = (
    OSError,
    ValueError,
    KeyError,
    TypeError,
    AttributeError,
    ArithmeticError,
    RecursionError,
    NotImplementedError,
    RuntimeError,
    zipfile.BadZipFile,
    zlib.error,
)
"""What a file that is no such file may come to; a ZIP's are among them."""


@dataclass(frozen=True)
class Curve:
    """One knob.

    Attributes:
        effect, label: what it is.
        told: its values in words.
        points: seconds, and where the knob stands, 0 to 1.
    """

    effect: str
    label: str
    told: str
    points: tuple[tuple[float, float], ...]

    @property
    def moves(self) -> bool:
        """Whether it moves."""
        return len(self.points) > 1


def read_settings(path: Path) -> tuple[float, list[Curve], str] | None:
    """Return a settings file's seconds, knobs and heading; ``None`` where it is no such file."""
    try:
        data = json.loads(_content(path))
        if not isinstance(data, dict) or data.get("format") != FORMAT:
            return None
        seconds = float(data["seconds"])
        curves = [
            _curve(str(effect["name"]), told)
            for effect in data["effects"]
            for told in effect["parameters"]
            if "times" in told
        ]
    except _BROKEN:
        return None
    heading = str(data.get("heading") or "What the knobs did")[:_LONGEST]
    return (seconds, curves[:_MOST], heading) if math.isfinite(seconds) and seconds > 0 else None


def _content(path: Path) -> bytes:
    if path.stat().st_size > _LARGEST:
        raise ValueError("too large")
    if path.suffix.lower() != ".zip":
        return path.read_bytes()
    with zipfile.ZipFile(path) as archive, archive.open("settings.json") as file:
        content = file.read(_LARGEST + 1)
    if len(content) > _LARGEST:
        raise ValueError("too large")
    return content


def _curve(effect: str, told: Mapping[str, Any]) -> Curve:
    low, high, logarithmic = float(told["minimum"]), float(told["maximum"]), told.get("scale") == "logarithmic"

    def place(value: float) -> float:
        turn = math.log(value / low) / math.log(high / low) if logarithmic else (value - low) / (high - low)
        if not math.isfinite(turn):
            raise ValueError("no number")
        return min(max(turn, 0.0), 1.0)

    points = tuple((float(at), place(float(value))) for at, value in zip(told["times"], told["values"]))
    if not points or len(points) > _POINTS or not all(math.isfinite(at) for at, _ in points):
        raise ValueError("no curve")
    return Curve(effect[:_LONGEST], str(told["label"])[:_LONGEST], str(told.get("told", ""))[:_LONGEST], points)


def curves_html(seconds: float, curves: list[Curve], heading: str) -> str:
    """Return the knobs: a curve for each that moves, and a line for each that stays.

    Args:
        seconds: the sound's length.
        curves: the knobs, in the chain's order.
        heading: what stands above them.
    """
    effects = list(dict.fromkeys(curve.effect for curve in curves))
    drawn = "".join(_figure(curve, seconds, effects.index(curve.effect)) for curve in curves if curve.moves)
    still = "".join(
        f"<div><dt>{escape(curve.effect)} · {escape(curve.label)}</dt><dd>{escape(curve.told)}</dd></div>"
        for curve in curves
        if not curve.moves
    )
    moving = f'<div class="hp-curves">{drawn}</div>' if drawn else ""
    staying = f'<dl class="hp-stills">{still}</dl>' if still else ""
    return f'<section class="hp-knobs" aria-label="Settings"><h3>{escape(heading)}</h3>{moving}{staying}</section>'


def _figure(curve: Curve, seconds: float, tone: int) -> str:
    last = curve.points[-1][1]
    points = [(0.0, curve.points[0][1]), *curve.points, (seconds, last)]
    line = " ".join(
        f"{_WIDTH * min(max(at / seconds, 0.0), 1.0):.1f},{(_HEIGHT - 4) * (1 - turn) + 2:.1f}" for at, turn in points
    )
    return (
        f'<figure class="hp-curve hp-tone-{tone % 6}"><figcaption><strong>{escape(curve.label)}</strong>'
        f"<span>{escape(curve.effect)}</span><b>{escape(curve.told)}</b></figcaption>"
        f'<svg viewBox="0 0 {_WIDTH} {_HEIGHT}" preserveAspectRatio="none" aria-hidden="true" focusable="false">'
        f'<polygon points="0,{_HEIGHT} {line} {_WIDTH},{_HEIGHT}"/><polyline points="{line}"/></svg></figure>'
    )
