"""Where a FLAC begins, behind a tag perhaps, and whether others follow it: libsndfile hears the first only."""

from __future__ import annotations

import mmap
from typing import BinaryIO

from app.audio.parts import Span

_STARTS = (b"fLaC\x00\x00\x00\x22", b"fLaC\x80\x00\x00\x22")
"""A FLAC's mark, and the head of its description, which is always the first block (RFC 9639)."""


def flac_links(file: BinaryIO) -> list[Span]:
    """Return where each FLAC of a file lies, in order.

    Raises:
        OSError: the file cannot be read.
    """
    with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
        starts: list[int] = []
        for mark in _STARTS:
            at = data.find(mark)
            while at >= 0:
                starts.append(at)
                at = data.find(mark, at + 1)
        starts.sort()
        return [Span(start, end - start) for start, end in zip(starts, [*starts[1:], len(data)])]
