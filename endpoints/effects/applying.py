"""An effect on a sound, in blocks and fixed memory: as long as it was, and not late."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from typing import TypeVar

import numpy as np

from app.endpoint import FileOutput, Progress, Region
from endpoints.effects.moving import Runs, moved
from endpoints.effects.plugin import Block, Plugin, Values

BLOCK = 16384
"""Samples between two looks at whether the job is to go on."""

V = TypeVar("V")

ValuesAt = Callable[[int], Values]
"""The values in force from a sample on, counted from the sound's start."""


def applied(
    plugin: Runs[V], blocks: Iterable[Block], values_at: Callable[[int], V], hold: int = BLOCK
) -> Iterator[Block]:
    """Yield a sound as an effect changes it: as many samples as came, each where it was.

    What the effect is late by, at the values of the start, is cut from its beginning and asked for after the end, which
    silence follows. What rings on after the end is not kept.

    Args:
        plugin: the effect, or a chain of them, as it was made, or reset.
        blocks: ``(channels, samples)`` each, of 32 or 64 bits.
        values_at: asked for a sample, and again when ``hold`` of them are over, or a block is.
        hold: samples for which values stay as they are.

    Yields:
        ``(channels, samples)`` in the type that came. A sample that the effect returns as it was keeps all its bits.

    Raises:
        ModelRunError: the effect returned something else than finite numbers.
    """
    start = values_at(0)
    plugin.process(np.zeros((plugin.channels, 0), np.float32), start)  # it settles, and knows its latency
    late = plugin.latency
    skip, clock = late, 0
    dry = _Dry()
    dtype: np.dtype[np.floating] = np.dtype(np.float32)

    def heard(block: Block) -> Iterator[Block]:
        nonlocal skip, clock
        size = block.shape[1]
        stretches: list[tuple[int, V]] = []
        end = clock + size
        while clock < end:
            held = min(hold - clock % hold, end - clock)
            stretches.append((held, values_at(clock)))
            clock += held
        if not stretches:
            return
        made = moved(plugin, block, stretches)[:, min(skip, size) :]
        skip = max(0, skip - size)
        if made.shape[1]:
            yield dry.kept(made, dtype)

    for block in blocks:
        dtype = block.dtype
        dry.take(block)
        yield from heard(block.astype(np.float32, copy=False))
    while late > 0:
        size = min(late, BLOCK)
        yield from heard(np.zeros((plugin.channels, size), np.float32))
        late -= size


class _Dry:
    """The sound as it came, where it has more bits than an effect hears, until the effect's own comes."""

    def __init__(self) -> None:
        self._waiting: deque[Block] = deque()

    def take(self, block: Block) -> None:
        if block.dtype == np.float64:
            self._waiting.append(block)

    def kept(self, made: Block, dtype: np.dtype[np.floating]) -> Block:
        """Return what the effect made, in a type; of 64 bits, what it left alone with all of them."""
        if dtype != np.float64:
            return made.astype(dtype, copy=False)
        result = made.astype(dtype)
        at = 0
        while at < made.shape[1]:
            own = self._waiting.popleft()
            size = min(own.shape[1], made.shape[1] - at)
            if size < own.shape[1]:
                self._waiting.appendleft(own[:, size:])
            part = slice(at, at + size)
            same = made[:, part] == own[:, :size].astype(np.float32)
            result[:, part][same] = own[:, :size][same]
            at += size
        return result


def apply_to_region(
    region: Region, make: Callable[[int, int], Plugin], values_at: ValuesAt, label: str, job: Progress
) -> FileOutput:
    """Send a region's sound through an effect, into a file of its length, rate, channels and format.

    Args:
        region: the region.
        make: makes the effect for a number of channels and a sample rate in Hz.
        values_at: the values from a sample on.
        label: of the output.
        job: is told of the progress, at least once a second of work.

    Raises:
        AudioFileError: the sound cannot be read.
        JobCancelledError: the job is to end.
        ModelRunError: the effect failed.
        WorkerError: the result cannot be written.
    """
    from app.audio.extras import read_extras
    from app.audio.io import open_reader, output_format, suffix
    from app.audio.stems import open_stems

    with open_reader(region.audio.path) as reader:
        given = reader.format
        fmt = output_format(given)
        job.report(0.0)
        plugin = make(given.channels, given.sample_rate)

        path = region.output_path(label, suffix(fmt, region.audio.name))
        with open_stems([path], fmt, read_extras(region.audio.path), region.too_loud) as files:
            for block in applied(plugin, reader.blocks(job.report, BLOCK), values_at):
                files.write(block[None])
            written = files.finish(lambda: job.report(1.0))
    return FileOutput(written.paths[0], label)
