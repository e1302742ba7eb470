"""Sound that waits on the disk until it is known how loud all of it is."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from types import TracebackType

import numpy as np

from endpoints.effects.plugin import Block

_SAMPLES = 1 << 14


class KeptSound:
    """Blocks ``(channels, samples)`` of one type, written and then read again, to the bit; gone when it is closed."""

    def __init__(self) -> None:
        self._file = tempfile.TemporaryFile()  # noqa: SIM115
        self._channels, self._dtype = 1, np.dtype(np.float32)

    def __enter__(self) -> KeptSound:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._file.close()

    def write(self, block: Block) -> None:
        """Append a block."""
        self._channels, self._dtype = len(block), block.dtype
        self._file.write(np.ascontiguousarray(block.T).tobytes())

    def blocks(self) -> Iterator[Block]:
        """Yield all of it, from the start."""
        self._file.seek(0)
        while content := self._file.read(_SAMPLES * self._channels * self._dtype.itemsize):
            yield np.frombuffer(content, self._dtype).reshape(-1, self._channels).T
