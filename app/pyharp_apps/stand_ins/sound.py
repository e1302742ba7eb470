"""Whole sound files as arrays, for apps that take them so."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import soundfile
from numpy.typing import NDArray

from app.audio.io import open_reader
from app.audio.resample import Resampler, resampled_length
from app.errors import AudioFileError, ModelRunError

Samples = NDArray[np.float32]

_SUBTYPES = {"WAV": "PCM_24", "FLAC": "PCM_24", "AIFF": "PCM_24", "W64": "PCM_24"}
_LOUD = {"WAV": "FLOAT", "AIFF": "FLOAT", "W64": "FLOAT"}


def read(path: Path, offset: float = 0.0, duration: float | None = None) -> tuple[Samples, int]:
    """Return the samples ``(channels, n)`` of a file, or of the part that begins at ``offset`` seconds, and its rate.

    Raises:
        AudioFileError: it cannot be read, or holds nothing there.
    """
    with open_reader(path) as reader:
        rate = reader.format.sample_rate
        first = max(0, round(offset * rate))
        last = None if duration is None else first + round(duration * rate)
        blocks: list[Any] = []
        while last is None or reader.position < last:
            start = reader.position
            block = reader.read()
            if not block.shape[1]:
                break
            blocks.append(block[:, max(0, first - start) : None if last is None else last - start])
    kept = [block for block in blocks if block.shape[1]]
    if not kept:
        raise AudioFileError("The file holds no sound in the part that was asked for.")
    return np.ascontiguousarray(np.concatenate(kept, axis=1), np.float32), rate


def write(path: Path, samples: Samples, rate: int) -> None:
    """Write samples ``(channels, n)`` in the format of the path's ending, in 24 bits where it has them.

    Raises:
        ModelRunError: the samples are no numbers, or the ending is that of no sound file.
        OSError: the file may not be written there.
    """
    if not np.isfinite(samples).all():
        raise ModelRunError("The app’s sound holds samples that are not finite numbers (NaN or infinity).")
    known = path.suffix.lstrip(".").upper()
    container = {"AIF": "AIFF", "": "WAV"}.get(known, known)
    loud = bool(samples.size) and float(np.abs(samples).max()) > 1.0
    subtype = _LOUD.get(container, _SUBTYPES.get(container)) if loud else _SUBTYPES.get(container)
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        if not soundfile.check_format(container, subtype):
            raise ValueError(container)
        # Opened here, since the library does not tell why it could not open a file.
        with path.open("wb") as file:
            soundfile.write(file, samples.T, rate, subtype, format=container)
    except (TypeError, ValueError, soundfile.LibsndfileError):
        raise ModelRunError(
            f"The app writes its sound to a file that ends in “{path.suffix[:12]}”; .wav, .flac, .ogg or .mp3 is "
            "expected."
        ) from None


def resampled(samples: Samples, rate_in: int, rate_out: int) -> Samples:
    """Return samples ``(batch, channels, n)`` at another rate."""
    batch, channels, length = samples.shape
    resampler = Resampler(batch * channels, rate_in, rate_out)
    first = resampler.push(samples.reshape(batch * channels, length))
    wanted = resampled_length(length, rate_in, rate_out)
    whole = np.concatenate([first, resampler.finish(wanted)], axis=1)[:, :wanted]
    return np.ascontiguousarray(whole.reshape(batch, channels, -1), np.float32)
