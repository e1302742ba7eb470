"""What a player shows and plays of a sound file: its outline, and a copy for those that it cannot play itself."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.audio.io import AudioFormat, open_reader, open_writer

Samples = NDArray[np.floating[Any]]

COLUMNS = 1200
_PLAYABLE = {
    "WAV": ("PCM_U8", "PCM_16", "PCM_24", "FLOAT"),
    "WAVEX": ("PCM_U8", "PCM_16", "PCM_24", "FLOAT"),
    "FLAC": ("PCM_S8", "PCM_16", "PCM_24"),
    "MP3": ("MPEG_LAYER_III",),
    "OGG": ("VORBIS", "OPUS"),
}


@dataclass(frozen=True)
class Peaks:
    """The outline of a sound file.

    Attributes:
        seconds: its true length.
        channels: how many.
        sample_rate: in Hz.
        minimum, maximum: over all channels, for each of up to ``COLUMNS`` equal spans of time, -1 to 1.
    """

    seconds: float
    channels: int
    sample_rate: int
    minimum: tuple[float, ...]
    maximum: tuple[float, ...]


def playable(fmt: AudioFormat) -> bool:
    """Whether every current browser plays this format."""
    return fmt.channels <= 2 and fmt.endian != "BIG" and fmt.subtype in _PLAYABLE.get(fmt.container, ())


def write_preview(source: Path, preview: Path) -> tuple[Peaks, bool]:
    """Read a sound file once for its outline; write a 16-bit WAV of one or two channels where a browser needs one.

    Returns:
        The outline, and whether ``preview`` was written.

    Raises:
        AudioFileError: the source cannot be read.
    """
    with ExitStack() as stack:
        reader = stack.enter_context(open_reader(source))
        fmt = reader.format
        writer = None
        if not playable(fmt):
            copy = AudioFormat(fmt.sample_rate, min(fmt.channels, 2), fmt.samples, "WAV", "PCM_16")
            writer = stack.enter_context(open_writer(preview, copy))
        columns = min(COLUMNS, fmt.samples)
        lowest, highest = np.full(columns, np.inf), np.full(columns, -np.inf)
        while (block := reader.read()).shape[1]:
            first = reader.position - block.shape[1]
            column = np.arange(first, reader.position) * columns // fmt.samples
            column = np.minimum(column, columns - 1)  # where a header tells less than there is
            starts = np.flatnonzero(np.diff(column, prepend=-1))
            seen = column[starts]
            lowest[seen] = np.minimum(lowest[seen], np.minimum.reduceat(block.min(axis=0), starts))
            highest[seen] = np.maximum(highest[seen], np.maximum.reduceat(block.max(axis=0), starts))
            if writer:
                writer.write(_at_most_two(block))
    there = np.isfinite(lowest)
    return (
        Peaks(
            reader.position / fmt.sample_rate,
            fmt.channels,
            fmt.sample_rate,
            _rounded(lowest[there]),
            _rounded(highest[there]),
        ),
        writer is not None,
    )


def _rounded(values: Samples) -> tuple[float, ...]:
    return tuple(np.round(np.clip(values, -1.0, 1.0), 4).tolist())


def _at_most_two(block: Samples) -> Samples:
    """Mix further channels into both of the first two, at half their level, without getting louder than one of them."""
    if block.shape[0] <= 2:
        return block
    mixed: Samples = (block[:2] + 0.5 * block[2:].sum(axis=0)) / (1.0 + 0.5 * (block.shape[0] - 2))
    return mixed
