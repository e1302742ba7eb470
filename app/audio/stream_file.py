"""libsndfile's files, as they are used here: read or written once, straight through."""

from __future__ import annotations

from typing import Any

import numpy as np
import soundfile
from numpy.typing import NDArray

FAILURES = (soundfile.SoundFileError, RuntimeError)
"""What soundfile raises where libsndfile fails."""

UNKNOWN_LENGTH = 2**63 - 1
"""What libsndfile says of a FLAC whose encoder wrote to a pipe."""


class StreamFile(soundfile.SoundFile):  # type: ignore[misc]
    """A sound file read or written straight through.

    soundfile seeks to where it already is after every block of a seekable file, which costs a FLAC or MP3 decoder
    a search; so it is told that the file is not seekable.
    """

    _read = 0

    def seekable(self) -> bool:
        """Say no."""
        return False

    def read(self, frames: int = -1, dtype: str = "float64", **options: Any) -> NDArray[np.floating[Any]]:
        """Read no further than the sound goes: a FLAC’s decoder fails at a byte or a tag behind it."""
        left = max(0, self.frames - self._read)
        block: NDArray[np.floating[Any]] = super().read(left if frames < 0 else min(frames, left), dtype, **options)
        self._read += len(block)
        return block
