"""A file's samples as a peer wants them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import soundfile
import soxr
from numpy.typing import NDArray


def mono(wav: Path, rate: int) -> NDArray[np.float32]:
    """Return a file's mono mix ``(samples,)`` at ``rate`` Hz."""
    samples, own = soundfile.read(wav, dtype="float32", always_2d=True)
    mixed = samples.mean(axis=1)
    return np.ascontiguousarray(mixed if own == rate else soxr.resample(mixed, own, rate), dtype=np.float32)
