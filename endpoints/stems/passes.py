"""A file through separating networks in fixed memory, once or several times at other places, averaged.

Each pass reads the file by itself, cuts it as its own silence before it says, and joins what comes of it; all go
forward together, so that no more than a segment of each is held.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from itertools import zip_longest
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.audio.beside import at_rate
from app.audio.extras import read_extras
from app.audio.formats import INTEGER_BITS, AudioFormat
from app.audio.io import AudioReader, open_reader, output_format
from app.audio.overlap_add import OverlapAdd, Piece, StreamPlan, cut
from app.audio.pipeline import Ahead, Behind
from app.audio.resample import Resampler, resampled_length
from app.audio.stems import Written, open_stems
from endpoints.stems.level import Level, pairs

Samples = NDArray[np.floating[Any]]
Separate = Callable[[NDArray[np.float32], Callable[[float], None]], NDArray[np.float32]]
"""Maps a segment ``(2, n)`` to ``(stems, 2, n)``, and tells the share that is done."""


def stream_separation(
    source: Path,
    stems: Sequence[Path],
    separate: Separate,
    plan: StreamPlan,
    leads: Sequence[int],
    levels: Sequence[Level],
    *,
    sums: Sequence[int],
    rest: int | None,
    too_loud: str,
    progress: Callable[[float], None],
) -> Written:
    """Separate a file and write each stem with its length, rate, channels and format.

    Args:
        source: the sound file.
        stems: where the results go.
        separate: the networks; see :data:`Separate`.
        plan: how to cut, at the networks' rate; centred.
        leads: for each pass, how many samples of silence are put before the sound.
        levels: of each pair of channels, see :func:`endpoints.stems.level.measure_levels`.
        sums: of how many of the networks' stems each result is the sum.
        rest: the place of the stem that is given what is left of the source, so that all sum to it: to the bit where
            the format's samples are integers; ``None``: none is.
        too_loud: see :class:`app.audio.stems.StemFiles`.
        progress: called with the share that is done, 0 to 1; what it raises ends the work.

    Raises:
        AudioFileError: the source cannot be read.
        ModelRunError: a network returned samples that are no numbers.
        WorkerError: the results cannot be written.
    """
    with ExitStack() as stack:
        readers = [stack.enter_context(open_reader(source)) for _ in leads]
        untouched = stack.enter_context(open_reader(source))
        fmt = untouched.format
        written = output_format(fmt)
        files = stack.enter_context(open_stems(stems, written, read_extras(source), too_loud))
        dtype = np.float64 if fmt.wide else np.float32
        back = Resampler(len(stems) * fmt.channels, plan.model_rate, fmt.sample_rate, dtype)
        grid = _grid(written)

        def emit(ready: Samples) -> None:
            result = ready.reshape(len(stems), fmt.channels, -1)
            if rest is not None:
                _complete(result, untouched.read(result.shape[-1]), rest, grid)
            files.write(result)

        def write(joined: Samples) -> None:
            loud = _as_loud(joined, levels, sums).astype(dtype)
            emit(back.push(loud.reshape(len(stems) * fmt.channels, -1)))

        passes = [_Pass(plan, lead) for lead in leads]
        streams = [
            stack.enter_context(Ahead(cut(_even(reader, plan.model_rate, lead, levels), plan)))
            for reader, lead in zip(readers, leads)
        ]
        total = max(1, sum(_count(fmt, plan, lead) for lead in leads))
        done = 0
        with Behind(write) as writing:
            for pieces in zip_longest(*streams):
                for one, piece in zip(passes, pieces):
                    if piece is None:
                        continue

                    def told(share: float, done: int = done) -> None:
                        progress(min(1.0, (done + share) / total))

                    told(0.0)
                    one.take(_each_pair(piece.samples, separate, len(stems), told), piece)
                    done += 1
                writing.put(_average(passes))
        emit(back.finish(readers[0].position))
        result = files.finish(lambda: progress(1.0))
    progress(1.0)
    return result


class _Pass:
    """What one pass made and nobody has taken yet."""

    def __init__(self, plan: StreamPlan, lead: int) -> None:
        self._joiner = OverlapAdd(plan)
        self._lead = lead
        self._ready: Samples | None = None

    def take(self, result: Samples, piece: Piece) -> None:
        """Take ``result (stems, channels, n)``, made of a piece."""
        joined = self._joiner.add(result, piece.moved)
        if piece.last:
            joined = np.concatenate([joined, self._joiner.finish()], axis=-1)
            joined = joined[..., : joined.shape[-1] - (piece.samples.shape[1] - piece.valid)]
        passed = min(self._lead, joined.shape[-1])
        self._lead -= passed
        joined = joined[..., passed:]
        self._ready = joined if self._ready is None else np.concatenate([self._ready, joined], axis=-1)

    @property
    def ready(self) -> int:
        """How many samples there are."""
        return 0 if self._ready is None else self._ready.shape[-1]

    def give(self, samples: int) -> Samples:
        """Return the next ``(stems, channels, samples)``."""
        assert self._ready is not None
        given, self._ready = self._ready[..., :samples], self._ready[..., samples:].copy()
        return given


def _average(passes: Sequence[_Pass]) -> Samples:
    """Return the mean of what all passes have, ``(stems, channels, n)``."""
    ready = min(one.ready for one in passes)
    total: Samples = passes[0].give(ready).copy()
    for one in passes[1:]:
        total += one.give(ready)
    total /= total.dtype.type(len(passes))
    return total


def _even(reader: AudioReader, rate: int, lead: int, levels: Sequence[Level]) -> Iterator[Samples]:
    """Yield a file's sound at another rate without its level, in blocks ``(channels, n)``, after some silence."""
    if lead:
        yield np.zeros((reader.format.channels, lead), np.float32)
    for block in at_rate(reader, rate):
        even = np.empty(block.shape, np.float32)
        for level, taken in zip(levels, pairs(len(block))):
            even[taken] = (block[taken] - level.mean) / level.deviation
        yield even


def _as_loud(joined: Samples, levels: Sequence[Level], sums: Sequence[int]) -> Samples:
    """Give ``joined (stems, channels, n)`` the level that was taken away, the mean once for each stem in a sum."""
    often = np.array(sums, np.float32)[:, None, None]
    for level, taken in zip(levels, pairs(joined.shape[1])):
        joined[:, taken] = joined[:, taken] * np.float32(level.deviation) + often * np.float32(level.mean)
    return joined


def _each_pair(samples: Samples, separate: Separate, stems: int, told: Callable[[float], None]) -> Samples:
    """Map a segment ``(channels, n)`` to ``(stems, channels, n)``, pair by pair; a channel alone is both sides."""
    result = np.empty((stems, *samples.shape), np.float32)
    several = pairs(len(samples))
    for number, taken in enumerate(several):
        heard = samples[taken].astype(np.float32, copy=False)
        alone = len(heard) == 1

        def share(part: float, number: int = number) -> None:
            told((number + part) / len(several))

        found = separate(heard.repeat(2, axis=0) if alone else heard, share)
        result[:, taken] = found.mean(axis=1, keepdims=True) if alone else found
    return result


def _count(fmt: AudioFormat, plan: StreamPlan, lead: int) -> int:
    return -(-(resampled_length(fmt.samples, fmt.sample_rate, plan.model_rate) + lead) // plan.hop)


def _grid(fmt: AudioFormat) -> float:
    """Return how many steps a format's integers have to full scale; 0 where its samples are floats."""
    return 2.0 ** (INTEGER_BITS[fmt.subtype] - 1) if fmt.integer else 0.0


def _complete(stems: Samples, source: Samples, rest: int, grid: float) -> None:
    """Give ``stems[rest]`` what is left of ``source (channels, n)`` by the others as the file can hold them."""
    if grid:
        others = np.arange(len(stems)) != rest
        stems[others] = np.round(stems[others] * grid) / grid
    stems[rest] += source - stems.sum(axis=0)
