"""A region through a model, in fixed memory: read, resample, cut, process, join, resample back, write."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.audio.beside import at_rate, stacked
from app.audio.extras import read_extras
from app.audio.formats import AudioFormat
from app.audio.io import open_reader, output_format
from app.audio.overlap_add import Piece, StreamPlan, cut
from app.audio.pipeline import Ahead, Behind
from app.audio.resample import resampled_length
from app.audio.stems import Written, open_stems
from app.audio.way_back import Above, BandAbove, WayBack
from app.errors import ModelRunError

__all__ = ["Above", "Chunk", "StreamPlan", "bytes_held", "stream_chunks", "stream_effect"]

Samples = NDArray[np.floating[Any]]


@dataclass(frozen=True)
class Chunk:
    """A chunk of a region, for whoever annotates it.

    Attributes:
        samples: ``(channels, plan.chunk)`` float32 at the model's rate (see ``StreamPlan.stride``), the channels of the
            sounds beside it below its own.
        start: time of its first sample, in seconds from the region's start.
        valid: how many samples are not padding.
        keep_from, keep_to: the span that this chunk answers for, in seconds; the spans of all chunks tile the region.
        fraction: how much of the region is done once this chunk is, 0 to 1.
    """

    samples: NDArray[np.float32]
    start: float
    valid: int
    keep_from: float
    keep_to: float
    fraction: float


def bytes_held(fmt: AudioFormat, model_rate: int, stems: int, beside: int) -> int:
    """Return how many bytes are held for each sample of a chunk at the model's rate, beside what the model needs.

    Args:
        fmt: the source's format.
        model_rate: in Hz.
        stems: how many results there are.
        beside: channels of the sounds beside it.
    """
    width = 8 if fmt.wide else 4
    # The chunk; its results, and these once more joined; and at the source's rate, resampled and as they are written.
    back = 2 * max(1, -(-fmt.sample_rate // model_rate))
    return width * (2 * (fmt.channels + beside) + stems * fmt.channels * (2 + back))


def stream_effect(
    source: Path,
    stems: Sequence[Path],
    process: Callable[[NDArray[np.float32]], NDArray[np.float32]],
    plan: StreamPlan,
    *,
    dry: float = 0.0,
    above: Above | None = None,
    beside: Sequence[Path] = (),
    too_loud: str = "float",
    progress: Callable[[float], None],
) -> Written:
    """Send a sound file through ``process`` and write each stem with the source's length, rate, channels and format.

    What an integer format cannot hold is dealt with as ``too_loud`` says.

    Each stem also gets the source's time stamp, cue points, loops and texts (see :mod:`app.audio.extras`).

    Where ``process`` returns a sample unchanged, it comes out with all the bits that it had in the file. It is called
    on the caller's thread; the next chunk is read and resampled meanwhile, and the one before joined and written.

    Args:
        source: the sound file.
        stems: where the results go, one path per stem; they appear when all are complete.
        process: maps ``(channels, n)`` to ``(stems, channels, n)``, both at the model's rate; ``n`` is ``plan.chunk``,
            but for the last chunk perhaps. The channels of the sounds beside the source come below its own, and do not
            come back.
        plan: how to cut.
        dry: how much of the source itself is added to every stem.
        above: which stem gets the band that the model's rate cannot hold; ``None``: it is in none.
        beside: further sounds for ``process``, brought to the source's length: cut, or followed by silence.
        too_loud: what becomes of stems that are too loud for an integer format, see :class:`app.audio.stems.StemFiles`.
        progress: called with the share that is done, 0 to 1; what it raises ends the work.

    Returns:
        What the stems are, and where they lie: not under ``stems`` where they needed another container.

    Raises:
        AudioFileError: the source cannot be read.
        ModelRunError: ``process`` returned another shape, or samples that are no numbers.
        WorkerError: the results cannot be written.
    """
    with ExitStack() as stack:
        reader = stack.enter_context(open_reader(source))
        rate, channels = reader.format.sample_rate, reader.format.channels
        total = resampled_length(reader.format.samples, rate, plan.model_rate)
        untouched = stack.enter_context(open_reader(source)) if dry or above else None
        files = stack.enter_context(open_stems(stems, output_format(reader.format), read_extras(source), too_loud))
        dtype = np.float64 if reader.format.wide else np.float32
        back = WayBack(plan, rate, len(stems) * channels, dtype)
        band = BandAbove(above, plan, rate, channels, dtype) if above and rate != plan.model_rate else None

        def emit(block: Samples) -> None:
            result = block.reshape(len(stems), channels, -1)
            if untouched and (band or dry):
                own = untouched.read(result.shape[-1])
                if band:
                    band.add_to(result, own)
                result = _with_dry(result, own, dry) if dry else result
            files.write(result)

        def join(done: tuple[Piece, Samples]) -> None:
            piece, result = done
            if band:
                band.heard(piece)
            emit(back.push(result, piece))

        companions = [stack.enter_context(open_reader(path)) for path in beside]
        pieces = cut(stacked(at_rate(reader, plan.model_rate), companions, plan.model_rate), plan)
        with Ahead(pieces) as coming, Behind(join) as writing:
            for piece in coming:
                progress(min(1.0, piece.start / total))
                writing.put((piece, _processed(piece.samples, process, len(stems), channels)))
        if band:
            band.finish(reader.position)
        emit(back.finish(reader.position))
        written = files.finish(lambda: progress(1.0))
    progress(1.0)
    return written


def stream_chunks(source: Path, plan: StreamPlan, beside: Sequence[Path] = ()) -> Iterator[Chunk]:
    """Cut a sound file into chunks at the model's rate, with further sounds beside it, brought to its length.

    Raises:
        AudioFileError: the source cannot be read.
    """
    with ExitStack() as stack:
        reader = stack.enter_context(open_reader(source))
        total = resampled_length(reader.format.samples, reader.format.sample_rate, plan.model_rate)
        keep_from = 0.0
        companions = [stack.enter_context(open_reader(path)) for path in beside]
        blocks = stacked(at_rate(reader, plan.model_rate), companions, plan.model_rate)
        pieces = stack.enter_context(Ahead(cut(blocks, plan)))
        for piece in pieces:
            keep_to = (piece.start + plan.before + plan.hop + plan.overlap / 2) / plan.model_rate
            if piece.last:
                keep_to = reader.position / reader.format.sample_rate
            yield Chunk(
                piece.samples.astype(np.float32, copy=False),
                piece.start / plan.model_rate,
                piece.valid,
                keep_from,
                keep_to,
                1.0 if piece.last else min(1.0, (piece.start + piece.valid) / total),
            )
            keep_from = keep_to


def _processed(
    samples: Samples, process: Callable[[NDArray[np.float32]], NDArray[np.float32]], stems: int, channels: int
) -> Samples:
    """Return ``(stems, channels, chunk)`` with the bits that 32-bit floats lack where nothing was changed."""
    result: Samples = process(samples.astype(np.float32, copy=False))
    samples = samples[:channels]
    if result.shape != (stems, *samples.shape):
        raise ModelRunError(
            f"The model returned an array of shape {result.shape} where {(stems, *samples.shape)} is expected."
        )
    result = result.astype(samples.dtype, copy=False)
    if samples.dtype == np.float64:
        result = np.where(result == samples.astype(np.float32), samples, result)
    return result


def _with_dry(blocks: Samples, dry_block: Samples, dry: float) -> Samples:
    """Add ``dry * dry_block (channels, n)`` to ``blocks (stems, channels, n)``; to silence, bit for bit."""
    scaled = dry_block * dry_block.dtype.type(dry)
    mixed: Samples = np.where(blocks == 0, scaled, blocks + scaled)
    return mixed
