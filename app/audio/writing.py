"""Writing sound files in blocks, through libsndfile.

Integers are scaled here and not by libsndfile, whose own scaling (by 32767 one way, 32768 the other) changes samples.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import soundfile
from numpy.typing import NDArray

from app.audio.extras import Extras
from app.audio.formats import INTEGER_BITS, AudioFormat
from app.audio.gap import FileBehindGap
from app.audio.layout import Layout, keep_layout
from app.audio.stream_file import FAILURES, StreamFile
from app.errors import WorkerError

Samples = NDArray[np.floating[Any]]

BLOCK = 65536
"""Samples per channel that are read or written at a time."""


class AudioWriter:
    """A sound file that is written block by block.

    Args:
        open_file: begins the file anew, or opens what was written for reading.
        fmt: what to write.
        path: where the file appears when it is complete.
    """

    def __init__(self, open_file: Callable[[str], soundfile.SoundFile], fmt: AudioFormat, path: Path) -> None:
        self.format = fmt
        self.path = path
        self.discarded = False
        self._open = open_file
        self._file = open_file("w")

    @property
    def written(self) -> int:
        """Samples per channel written so far."""
        return int(self._file.frames)

    def write(self, block: Samples) -> None:
        """Append ``block (channels, n)``; what an integer format cannot hold stays at its full scale.

        Raises:
            WorkerError: the disk is full or not writable.
        """
        channels = self.format.channels
        if block.shape[0] != channels:
            raise ValueError(f"a block of {block.shape[0]} channels for a file of {channels}")
        try:
            for at in range(0, block.shape[1], BLOCK):
                frames = np.ascontiguousarray(block[:, at : at + BLOCK].T)
                if self.format.integer:
                    frames = _integers(frames, INTEGER_BITS[self.format.subtype])
                self._file.write(frames)
        except (*FAILURES, OSError, AssertionError) as error:  # the last: fewer were written
            raise unwritable() from error

    def discard(self) -> None:
        """Let the file not appear."""
        self.discarded = True

    def read_back(self) -> Iterator[Samples]:
        """Complete a file of floats and yield the blocks ``(channels, n)`` that were written; nothing may follow.

        Raises:
            WorkerError: the disk is full or not readable.
        """
        self.close()
        if not self.written:
            return
        try:
            with self._open("r") as file:
                while len(block := file.read(BLOCK, "float64" if self.format.wide else "float32", always_2d=True)):
                    yield block.T
        except FAILURES as error:
            raise unwritable() from error

    def restart(self) -> None:
        """Forget all that was written.

        Raises:
            WorkerError: the disk is full or not writable.
        """
        self.close()
        try:
            self._file = self._open("w")
        except (*FAILURES, OSError) as error:
            raise unwritable() from error

    def close(self) -> None:
        """Complete the file.

        Raises:
            WorkerError: the disk is full or not writable.
        """
        try:
            self._file.close()
        except FAILURES as error:
            raise unwritable() from error


def _integers(samples: Samples, bits: int) -> NDArray[np.int16] | NDArray[np.int32]:
    """Round to the nearest of ``2**bits`` levels, as 16-bit numbers or in the upper bits of 32-bit ones."""
    full = 2.0 ** (bits - 1)
    levels = samples * full if bits < 32 else samples.astype(np.float64) * full
    np.rint(levels, out=levels)
    np.clip(levels, -full, full - 1, out=levels)
    if bits == 16:
        return levels.astype(np.int16)
    result = levels.astype(np.int32)
    result <<= 32 - bits
    return result


def unwritable() -> WorkerError:
    """The error for a result that could not be written."""
    return WorkerError("The result could not be written: the server’s disk is full or not writable.")


def _opens(path: Path, frames: int) -> bool:
    """Whether the file is read as holding this many samples: libsndfile stumbles over some chunks."""
    try:
        with path.open("rb") as handle, StreamFile(handle, closefd=False) as file:
            return bool(file.frames == frames)
    except FAILURES:
        return False


@contextmanager
def open_writer(path: Path, fmt: AudioFormat, extras: Extras | None = None) -> Iterator[AudioWriter]:
    """Write a sound file that appears under ``path`` when complete, and not at all after an error or a discard.

    ``extras`` are written too where the format holds them.

    Raises:
        WorkerError: the disk is full or not writable.
    """
    part = path.with_name(f".{secrets.token_hex(8)}.part")
    try:
        with ExitStack() as stack:
            behind: FileBehindGap | None = None
            if extras and extras.chunks and extras.fit(fmt):
                behind = FileBehindGap(stack.enter_context(part.open("w+b")), extras, fmt)

            def open_file(mode: str) -> soundfile.SoundFile:
                if mode == "r":
                    if behind:
                        behind.seek(0)
                    return StreamFile(behind or part)
                if behind:
                    behind.clear()
                return StreamFile(
                    behind or part, "w", fmt.sample_rate, fmt.channels, fmt.subtype, fmt.endian, format=fmt.container
                )

            try:
                writer = AudioWriter(open_file, fmt, path)
            except FAILURES as error:
                raise unwritable() from error
            with closing(writer):
                yield writer
            if behind and not writer.discarded:
                behind.fill()
                if not _opens(part, writer.written):
                    behind.blank()
            if fmt.container in ("WAV", "WAVEX", "RF64", "AIFF") and not writer.discarded:
                with part.open("r+b") as file:
                    keep_layout(file, extras.layout if extras else Layout())
        if not writer.discarded:
            part.replace(path)
    except OSError as error:
        raise unwritable() from error
    finally:
        part.unlink(missing_ok=True)
