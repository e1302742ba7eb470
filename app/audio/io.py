"""Reading and writing sound files in blocks: the only place that knows libsndfile.

Integers are scaled here and not by libsndfile, whose own scaling (by 32767 one way, 32768 the other) changes samples.
"""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import soundfile
from numpy.typing import NDArray

from app.audio.extras import Extras
from app.audio.formats import INTEGER_BITS, AudioFormat, output_format, suffix
from app.audio.gap import FileBehindGap
from app.audio.headers import missing_bytes
from app.errors import AudioFileError, WorkerError

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

BLOCK = 65536
"""Samples per channel that are read or written at a time."""

MOST_CHANNELS = 8
LOWEST_RATE, HIGHEST_RATE = 1_000, 768_000
_LOUDEST = 1e15
"""Larger samples are refused with NaN and infinity: their squares would not fit 32-bit floats."""
_UNKNOWN_LENGTH = 2**63 - 1
"""What libsndfile says of a FLAC whose encoder wrote to a pipe."""


class _Stream(soundfile.SoundFile):  # type: ignore[misc]
    """A sound file read or written straight through.

    soundfile seeks to where it already is after every block of a seekable file, which costs a FLAC or MP3 decoder
    a search; so it is told that the file is not seekable.
    """

    def seekable(self) -> bool:
        return False


class AudioReader:
    """A sound file that is read once, from its start to its end."""

    def __init__(self, file: soundfile.SoundFile, fmt: AudioFormat) -> None:
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
        integer = self.format.integer
        kind = "int32" if integer else "float64" if self.format.wide else "float32"
        try:
            raw = self._file.read(frames, dtype=kind, always_2d=True)
        except (soundfile.SoundFileError, RuntimeError) as error:
            raise _damaged() from error
        block: Samples = raw
        if integer:
            block = raw.astype(np.float64 if self.format.wide else np.float32)
            block *= 2.0**-31
        elif raw.size and not max(-float(raw.min()), float(raw.max())) <= _LOUDEST:
            raise AudioFileError(
                "The file holds samples that are not finite numbers (NaN or infinity); send one whose samples all are."
            )
        self.position += len(block)
        if len(block) < frames and self.format.lossless and self.position < self.format.samples:
            raise _damaged()
        channels_first: Samples = block.T
        return channels_first


@contextmanager
def open_reader(path: Path) -> Iterator[AudioReader]:
    """Open a sound file for reading.

    Raises:
        AudioFileError: it is empty, not sound, holds no samples, too many channels or an odd rate, or is cut short.
    """
    with ExitStack() as stack:
        try:
            handle = stack.enter_context(path.open("rb"))
            if os.fstat(handle.fileno()).st_size == 0:
                raise AudioFileError("The file is empty (0 bytes); send a sound file.")
            missing = missing_bytes(path)
        except OSError as error:
            raise AudioFileError("The file is no longer there or cannot be read; send it again.") from error
        if missing:
            raise AudioFileError(
                f"The file is cut short: {missing} bytes that its header promises are missing; send the complete file."
            )
        try:
            # A name's ending would make libsndfile take any text for headerless sound: it gets no name. A number of an
            # open file means nothing to another C runtime, which libsndfile has on Windows.
            opened = _Stream(handle if os.name == "nt" else handle.fileno(), closefd=False)
        except (soundfile.SoundFileError, RuntimeError, TypeError, ValueError) as error:
            raise AudioFileError(
                "The file is not sound that can be read; WAV, AIFF, FLAC, OGG or MP3 is expected."
            ) from error
        file = stack.enter_context(opened)
        fmt = AudioFormat(file.samplerate, file.channels, file.frames, file.format, file.subtype, file.endian)
        _check(fmt)
        if fmt.samples == _UNKNOWN_LENGTH:
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
    with path.open("rb") as handle, _Stream(handle if os.name == "nt" else handle.fileno(), closefd=False) as file:
        reader = AudioReader(file, replace(fmt, samples=0))
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


class AudioWriter:
    """A sound file that is written block by block."""

    def __init__(self, file: soundfile.SoundFile, fmt: AudioFormat) -> None:
        self.format = fmt
        self._file = file

    def write(self, block: Samples) -> None:
        """Append ``block (channels, n)``; what an integer format cannot hold stays at its full scale.

        Raises:
            WorkerError: the disk is full or not writable.
        """
        channels = self.format.channels
        if block.shape[0] != channels:
            raise ValueError(f"a block of {block.shape[0]} channels for a file of {channels}")
        frames = np.ascontiguousarray(block.T)
        try:
            self._file.write(_integers(frames, INTEGER_BITS[self.format.subtype]) if self.format.integer else frames)
        except (soundfile.SoundFileError, RuntimeError, OSError, AssertionError) as error:  # the last: fewer written
            raise unwritable() from error


def _integers(samples: Samples, bits: int) -> NDArray[np.int32]:
    """Round to the nearest of ``2**bits`` levels, in the upper bits of 32."""
    full = 2.0 ** (bits - 1)
    exact = samples.astype(np.float64) if bits == 32 else samples
    levels = np.clip(np.rint(exact * full), -full, full - 1).astype(np.int32)
    return levels << (32 - bits)


def unwritable() -> WorkerError:
    """The error for a result that could not be written."""
    return WorkerError("The result could not be written: the server’s disk is full or not writable.")


def _opens(path: Path, frames: int) -> bool:
    """Whether the file is read as holding this many samples: libsndfile stumbles over some chunks."""
    try:
        with path.open("rb") as handle, _Stream(handle, closefd=False) as file:
            return bool(file.frames == frames)
    except (soundfile.SoundFileError, RuntimeError):
        return False


@contextmanager
def open_writer(path: Path, fmt: AudioFormat, extras: Extras | None = None) -> Iterator[AudioWriter]:
    """Write a sound file that appears under ``path`` when complete, and not at all after an error.

    ``extras`` are written too where the format holds them.

    Raises:
        WorkerError: the disk is full or not writable.
    """
    part = path.with_name(f".{secrets.token_hex(8)}.part")
    try:
        with ExitStack() as stack:
            behind = None
            if extras and extras.chunks and extras.fit(fmt):
                behind = FileBehindGap(stack.enter_context(part.open("w+b")), extras, fmt)
            try:
                file = _Stream(
                    behind or part, "w", fmt.sample_rate, fmt.channels, fmt.subtype, fmt.endian, format=fmt.container
                )
            except (soundfile.SoundFileError, RuntimeError) as error:
                raise unwritable() from error
            with file:
                yield AudioWriter(file, fmt)
            if behind:
                behind.fill()
                if not _opens(part, file.frames):
                    behind.blank()
        part.replace(path)
    except OSError as error:
        raise unwritable() from error
    finally:
        part.unlink(missing_ok=True)
