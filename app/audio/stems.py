"""Writing the stems of one region: together, so that one factor can scale them all."""

from __future__ import annotations

import math
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
from app.errors import ModelRunError

Samples = NDArray[np.floating[Any]]


class StemFiles:
    """The stems of one region, written block by block, all of one format.

    Integer formats hold nothing louder than full scale. From the first sample that is too loud for one, all stems wait
    as floats in unnamed temporary files, what was written of them before included; at the end they are written once
    more, scaled by one factor, so that they still sum to the mix. What was written before was rounded to integers by
    then, which adds at most half a step to it.
    """

    def __init__(self, writers: Sequence[AudioWriter], new_file: Callable[[], IO[bytes]], fmt: AudioFormat) -> None:
        self._writers = writers
        self._new_file = new_file
        self._waiting: list[IO[bytes]] = []
        self._integer = fmt.integer
        self._channels = fmt.channels
        self._dtype = np.dtype(np.float64 if fmt.wide else np.float32)
        self._peak = 0.0

    def write(self, blocks: Samples) -> None:
        """Append ``blocks (stems, channels, n)``.

        Raises:
            ModelRunError: they hold samples that are no numbers.
            WorkerError: the disk is full or not writable.
        """
        if not blocks.size:
            return
        peak = max(float(blocks.max()), -float(blocks.min()))
        if not math.isfinite(peak):
            raise ModelRunError(
                "The model returned samples that are not finite numbers (NaN or infinity) where sound is expected."
            )
        self._peak = max(self._peak, peak)
        if self._integer and self._peak > 1.0:
            self._wait(blocks)
        else:
            for writer, block in zip(self._writers, blocks, strict=True):
                writer.write(block)

    def finish(self, still: Callable[[], None]) -> float:
        """Scale the stems where one is too loud; return the factor by which all were (1.0: none).

        ``still`` is called for every block that is scaled; what it raises ends the writing.
        """
        if not self._waiting:
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

    def _wait(self, blocks: Samples) -> None:
        """Keep ``blocks`` as floats, behind all that came before them."""
        try:
            if not self._waiting:
                for writer in self._writers:
                    waiting = self._new_file()
                    self._waiting.append(waiting)
                    for block in writer.read_back(self._dtype):
                        waiting.write(np.ascontiguousarray(block.T).data)
            for waiting, block in zip(self._waiting, blocks, strict=True):
                waiting.write(np.ascontiguousarray(block.T, dtype=self._dtype).data)
        except OSError as error:
            raise unwritable() from error


@contextmanager
def open_stems(paths: Sequence[Path], fmt: AudioFormat, extras: Extras | None = None) -> Iterator[StemFiles]:
    """Write sound files of one format that appear when all are complete, and not at all after an error.

    Each gets the ``extras`` that the format holds.

    Raises:
        WorkerError: the disk is full or not writable.
    """
    with ExitStack() as stack:
        writers = [stack.enter_context(open_writer(path, fmt, extras)) for path in paths]
        yield StemFiles(writers, lambda: stack.enter_context(tempfile.TemporaryFile(dir=paths[0].parent)), fmt)
