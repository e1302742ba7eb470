"""A region mended from file to file, in fixed memory: looked at two or three times, then mended in one pass."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from app.audio.extras import read_extras
from app.audio.formats import INTEGER_BITS
from app.audio.io import open_reader, output_format, suffix
from app.audio.stems import open_stems
from app.endpoint import FileOutput, Progress, Region
from endpoints.repair import hum as hums
from endpoints.repair.mending import Mended, mended
from endpoints.repair.offset import Survey, survey
from endpoints.repair.plateaus import levels
from endpoints.repair.windows import Samples

_BLOCK = 16384
"""Samples that are read at once: mending them takes well under a second."""


@dataclass(frozen=True)
class Wanted:
    """What is to be mended.

    Attributes:
        clicks: sensitivity, 0 to 100; 0 leaves them.
        clipping: whether clipped samples are.
        mains: frequencies (Hz) that a hum may have; none leaves it.
        offset: whether a constant offset is.
    """

    clicks: float
    clipping: bool
    mains: tuple[float, ...]
    offset: bool


def repaired(region: Region, wanted: Wanted, label: str, job: Progress) -> FileOutput:
    """Write the region, mended; its file has the region's format, and what the region's file carried.

    Raises:
        AudioFileError: the region cannot be read.
        JobCancelledError: the job is to stop.
        WorkerError: the result cannot be written.
    """
    source = region.audio.path
    with open_reader(source) as reader:
        fmt = reader.format
    at = [0.0]

    def hear(first: float, last: float) -> Iterator[Samples]:
        def tell(read: float) -> None:
            at[0] = first + (last - first) * read
            job.report(at[0])

        with open_reader(source) as reader:
            yield from reader.blocks(tell, _BLOCK)

    def still() -> None:
        job.report(at[0])

    rate = fmt.sample_rate
    seen = survey(hear(0.0, 0.1), rate)
    clipped = None
    if wanted.clipping:
        clipped = levels(hear(0.1, 0.2), seen.peaks, INTEGER_BITS.get(fmt.subtype, 32), rate)
    hum = hums.found(hear(0.2, 0.4), rate, wanted.mains) if wanted.mains else None
    so = Mended()
    result = output_format(fmt)
    path = region.output_path(label.lower(), suffix(result, region.audio.name))
    with open_stems([path], result, read_extras(source), region.too_loud) as files:
        blocks = mended(hear(0.4, 0.98), rate, wanted.clicks, clipped, still, so)
        for block in _level(blocks, rate, hum, seen.offset if wanted.offset else np.zeros(fmt.channels)):
            files.write(np.asarray(block)[None])
        written = files.finish(still)
    return FileOutput(written.paths[0], label, told(so, hum, seen, wanted))


def _level(blocks: Iterator[Samples], rate: int, hum: hums.Hum | None, offset: np.ndarray) -> Iterator[Samples]:
    """Yield a sound without its hum and its offset."""
    without: Iterator[Samples] = blocks if hum is None else hums.without(blocks, rate, hum)
    for block in without:
        yield block - offset[:, None].astype(block.dtype) if offset.any() else block


def told(so: Mended, hum: hums.Hum | None, seen: Survey, wanted: Wanted) -> str:
    """Return a sentence of what was found and mended."""
    parts = []
    if so.clicks:
        parts.append(_count(so.clicks, "click"))
    if so.clipped:
        parts.append(f"{_count(so.clipped, 'clipped sample')} in {_count(so.places, 'place')}")
    if hum is not None:
        heard = _count(len(hum.harmonics), "partial")
        parts.append(f"hum of {hum.frequency:.2f} Hz with {heard}, {_decibels(hum.level):.0f} dB")
    if wanted.offset and seen.offset.any():
        parts.append(f"a DC offset of {_decibels(float(np.abs(seen.offset).max())):.0f} dB")
    if not parts:
        return "No such damage was found, and the sound is as it was."
    return f"Found and mended: {'; '.join(parts)}."


def _count(number: int, what: str) -> str:
    return f"{number:,} {what}{'' if number == 1 else 's'}"


def _decibels(level: float) -> float:
    return 20 * math.log10(max(level, 1e-9))
