"""How long a job may take: longer for a longer region."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from app.audio.header_format import UNKNOWN, read_header

_LONGEST = 24 * 3600.0
_FEWEST_BYTES = 4000.0
"""Bytes of a second in the most compressed sound (32 kbit/s); the guess for what no header tells must not be short."""


def deadline(paths: Iterable[Path], base: float, per_minute: float) -> float:
    """Return the seconds that a job over these files may take: ``base``, and ``per_minute`` for each of the longest."""
    return base + round(per_minute * max((region_seconds(path) for path in paths), default=0.0) / 60.0)


def region_seconds(path: Path) -> float:
    """Return the length of a sound file (s) by its header, else by its size; at most a day, 0 if unreadable."""
    try:
        header = read_header(path)
        if header is not None and header.samples != UNKNOWN:
            return min(header.samples / header.sample_rate, _LONGEST)
        return min(path.stat().st_size / _FEWEST_BYTES, _LONGEST)
    except OSError:
        return 0.0
