"""Writing the stems of one region: together, so that one factor can scale them all."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray

from app.audio.extras import Extras
from app.audio.formats import AudioFormat
from app.audio.writing import BLOCK, AudioWriter, open_writer, unwritable

Samples = NDArray[np.floating[Any]]


class StemFiles:
    """The stems of one region, written block by block, all of one format.

    How loud they get is only known at their end, and integer formats hold nothing louder than full scale: a copy of
    their samples as they came waits in unnamed temporary files. If any stem is too loud, all are written once more,
    scaled by one factor, so that they still sum to the mix.
    """

    def __init__(self, writers: Sequence[AudioWriter], waiting: Sequence[IO[bytes]], fmt: AudioFormat) -> None:
        self._writers = writers
        self._waiting = waiting
        self._channels = fmt.channels
        self._dtype = np.dtype(np.float64 if fmt.wide else np.float32)
        self._peak = 0.0

    def write(self, blocks: Samples) -> None:
        """Append ``blocks (stems, channels, n)``, all finite.

        Raises:
            WorkerError: the disk is full or not writable.
        """
        if not blocks.size:
            return
        self._peak = max(self._peak, float(blocks.max()), -float(blocks.min()))
        too_loud = bool(self._waiting) and self._peak > 1.0
        for index, block in enumerate(blocks):
            frames = np.ascontiguousarray(block.T, dtype=self._dtype)
            if not too_loud:
                self._writers[index].write(frames.T)
            if self._waiting:
                try:
                    self._waiting[index].write(frames.data)
                except OSError as error:
                    raise unwritable() from error

    def finish(self, still: Callable[[], None]) -> float:
        """Scale the stems where one is too loud; return the factor by which all were (1.0: none).

        ``still`` is called for every block that is scaled; what it raises ends the writing.
        """
        if not self._waiting or self._peak <= 1.0:
            return 1.0
        gain = 1.0 / self._peak
        width = self._channels * self._dtype.itemsize
        for writer, waiting in zip(self._writers, self._waiting, strict=True):
            writer.restart()
            waiting.seek(0)
            while data := waiting.read(BLOCK * width):
                still()
                writer.write(np.frombuffer(data, self._dtype).reshape(-1, self._channels).T * self._dtype.type(gain))
            waiting.close()
        return gain


@contextmanager
def open_stems(paths: Sequence[Path], fmt: AudioFormat, extras: Extras | None = None) -> Iterator[StemFiles]:
    """Write sound files of one format that appear when all are complete, and not at all after an error.

    Each gets the ``extras`` that the format holds.

    Raises:
        WorkerError: the disk is full or not writable.
    """
    with ExitStack() as stack:
        writers = [stack.enter_context(open_writer(path, fmt, extras)) for path in paths]
        waiting: list[IO[bytes]] = []
        if fmt.integer:
            try:
                waiting = [stack.enter_context(tempfile.TemporaryFile(dir=path.parent)) for path in paths]
            except OSError as error:
                raise unwritable() from error
        yield StemFiles(writers, waiting, fmt)
