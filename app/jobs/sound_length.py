"""How much sound a file is, for shares, the log and the place in the queue, without decoding it."""

from __future__ import annotations

from pathlib import Path

from app.audio.compressed_length import compressed_seconds
from app.audio.header_format import UNKNOWN, read_header

_LONGEST = 24 * 3600.0
_MOST_BYTES = 64_000.0
"""Bytes of a second in the least compressed MP3 or Ogg file (512 kbit/s): none is shorter than that makes it."""
_BYTES = 16_000.0
"""Bytes of a second where no header tells: 128 kbit/s, as most m4a files have."""


def sound_seconds(path: Path) -> float:
    """Return the length of a file (s) by what its header says, else by its size; at most a day, 0 if unreadable."""
    try:
        header = read_header(path)
        if header is not None and header.samples != UNKNOWN:
            return min(header.samples / header.sample_rate, _LONGEST)
        size = path.stat().st_size
        said = compressed_seconds(path)
        return min(max(said, size / _MOST_BYTES) if said else size / _BYTES, _LONGEST)
    except OSError:
        return 0.0
