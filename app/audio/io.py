"""Reading sound files in blocks, through libsndfile; and all that others need to know of sound files.

libsndfile scales integers of ``b`` bits by ``2**(1 - b)`` on this way, which a float of the right width holds exactly.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.audio.formats import AudioFormat, output_format, suffix
from app.audio.headers import missing_bytes
from app.audio.opening import Source, open_source
from app.audio.stream_file import FAILURES, UNKNOWN_LENGTH
from app.audio.writing import BLOCK, AudioWriter, open_writer
from app.errors import AudioFileError

__all__ = [
    "AudioFormat",
    "AudioReader",
    "AudioWriter",
    "open_reader",
    "open_writer",
    "output_format",
    "probe",
    "suffix",
]

Samples = NDArray[np.floating[Any]]

MOST_CHANNELS = 32
LOWEST_RATE, HIGHEST_RATE = 1_000, 768_000
_LOUDEST = 1e15
"""Larger samples are refused with NaN and infinity: their squares would not fit 32-bit floats."""


class AudioReader:
    """A sound file that is read once, from its start to its end."""

    def __init__(self, file: Source, fmt: AudioFormat) -> None:
        self.format = fmt
        self.position = 0
        """Samples per channel read so far; the file's true length once it is read to its end."""
        self._file = file

    def read(self, frames: int = BLOCK) -> Samples:
        """Return the next block ``(channels, n)``: ``n`` is ``frames``, less at the end, and 0 after it.

        Samples are float32, or float64 where the format is wide; integers are scaled to -1 (inclusive) to 1.

        Raises:
            AudioFileError: the file is damaged or cut short, or holds samples that are no numbers.
        """
        try:
            block: Samples = self._file.read(frames, "float64" if self.format.wide else "float32", always_2d=True)
        except FAILURES as error:
            raise _damaged() from error
        if not self.format.integer and block.size and not max(-float(block.min()), float(block.max())) <= _LOUDEST:
            raise AudioFileError(
                "The file holds samples that are not finite numbers (NaN or infinity); send one whose samples all are."
            )
        self.position += len(block)
        if len(block) < frames and self.format.lossless and self.position < self.format.samples:
            raise _damaged()
        channels_first: Samples = block.T
        return channels_first

    def blocks(self, progress: Callable[[float], None], frames: int = BLOCK) -> Iterator[Samples]:
        """Yield what is left, in blocks as :meth:`read` returns them; ``progress`` is told the share (0 to 1).

        Raises:
            AudioFileError: as :meth:`read` does.
        """
        while (block := self.read(frames)).shape[1]:
            progress(min(1.0, self.position / max(1, self.format.samples)))
            yield block


@contextmanager
def open_reader(path: Path) -> Iterator[AudioReader]:
    """Open a sound file for reading.

    Raises:
        AudioFileError: it is empty, not sound, holds no samples, too many channels or an odd rate, or is cut short.
    """
    with ExitStack() as stack:
        try:
            with path.open("rb") as handle:
                if os.fstat(handle.fileno()).st_size == 0:
                    raise AudioFileError("The file is empty (0 bytes); send a sound file.")
            missing = missing_bytes(path)
        except OSError as error:
            raise AudioFileError("The file is no longer there or cannot be read; send it again.") from error
        if missing:
            raise AudioFileError(
                f"The file is cut short: {missing} bytes that its header promises are missing; send the complete file."
            )
        file, notice = open_source(path, stack)
        fmt = AudioFormat(file.samplerate, file.channels, file.frames, file.format, file.subtype, file.endian, notice)
        _check(fmt)
        if fmt.samples == UNKNOWN_LENGTH:
            fmt = replace(fmt, samples=_count(path, fmt))
        yield AudioReader(file, fmt)


def _damaged() -> AudioFileError:
    return AudioFileError(
        "The file is damaged or cut short: only a part of its sound can be read; send the complete file."
    )


def _check(fmt: AudioFormat) -> None:
    if fmt.samples <= 0:
        raise AudioFileError("The file holds no sound (0 samples); send one that does.")
    if not 1 <= fmt.channels <= MOST_CHANNELS:
        raise AudioFileError(f"The file has {fmt.channels} channels; 1 to {MOST_CHANNELS} are expected.")
    if not LOWEST_RATE <= fmt.sample_rate <= HIGHEST_RATE:
        raise AudioFileError(
            f"The file’s sample rate is {fmt.sample_rate} Hz; {LOWEST_RATE} to {HIGHEST_RATE} Hz are expected."
        )


def _count(path: Path, fmt: AudioFormat) -> int:
    """Read through a file whose header tells no length, and return its samples per channel."""
    with ExitStack() as stack:
        reader = AudioReader(open_source(path, stack)[0], replace(fmt, samples=0))
        while reader.read().shape[1]:
            pass
    _check(replace(fmt, samples=reader.position))
    return reader.position


def probe(path: Path) -> AudioFormat:
    """Return the format of a sound file, from its header.

    Raises:
        AudioFileError: as :func:`open_reader`.
    """
    with open_reader(path) as reader:
        return reader.format
