"""A mask over time and frequency, from a result's settings file, as a picture: text in, text out.

The file comes from a worker, so nothing of it is taken on trust.
"""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from html import escape
from pathlib import Path

from app.ui.curves_view import FORMAT

_LARGEST = 4 << 20
_MOST_ROWS, _MOST_COLUMNS = 64, 1000
_LONGEST = 80
_LEVELS = 8
"""Shades of the picture."""


@dataclass(frozen=True)
class Mask:
    """What was let through.

    Attributes:
        label: what it is.
        highest: the frequency (Hz) at its upper edge.
        rows: shares, 0 to 1, over time; the lowest band first.
    """

    label: str
    highest: float
    rows: tuple[tuple[float, ...], ...]


def read_mask(path: Path) -> Mask | None:
    """Return the mask in a settings file; ``None`` where it is no such file, or has none."""
    try:
        if path.suffix.lower() != ".json" or path.stat().st_size > _LARGEST:
            return None
        data = json.loads(path.read_bytes())
        if not isinstance(data, dict) or data.get("format") != FORMAT or "mask" not in data:
            return None
        told = data["mask"]
        rows = tuple(tuple(_share(value) for value in row) for row in told["values"])
        mask = Mask(str(told["label"])[:_LONGEST], float(told["highest"]), rows)
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return None
    columns = {len(row) for row in mask.rows}
    fits = 0 < len(mask.rows) <= _MOST_ROWS and len(columns) == 1 and 0 < max(columns) <= _MOST_COLUMNS
    return mask if fits and math.isfinite(mask.highest) and mask.highest > 0 else None


def mask_html(mask: Mask) -> str:
    """Return the picture: time goes to the right, high tones stand above, and what is full was let through whole."""
    columns, rows = len(mask.rows[0]), len(mask.rows)
    shades: list[list[str]] = [[] for _ in range(_LEVELS + 1)]
    for number, row in enumerate(mask.rows):
        start = 0
        for column in range(1, columns + 1):
            shade = round(row[start] * _LEVELS)
            if column == columns or round(row[column] * _LEVELS) != shade:
                shades[shade].append(f"M{start},{rows - 1 - number}h{column - start}v1h{start - column}z")
                start = column
    drawn = "".join(
        f'<path d="{"".join(shades[level])}" fill-opacity="{level / _LEVELS:g}"/>'
        for level in range(1, _LEVELS + 1)
        if shades[level]
    )
    top = f"{mask.highest / 1000:.3g} kHz"
    return (
        f'<figure class="hp-mask"><figcaption><strong>{escape(mask.label)}</strong>'
        f"<span>time to the right, 0 to {top} upwards; full: all, empty: nothing</span></figcaption>"
        f'<svg viewBox="0 0 {columns} {rows}" preserveAspectRatio="none" role="img" '
        f'aria-label="{escape(mask.label)}">{drawn}</svg></figure>'
    )


def _share(value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not math.isfinite(value):
        raise ValueError("no share")
    return min(max(float(value), 0.0), 1.0)
