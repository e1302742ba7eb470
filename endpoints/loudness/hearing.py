"""A whole sound file, heard by the meter in one pass, as it is or as an effect would change it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.audio.io import AudioReader, open_reader
from endpoints.loudness.limiter import TruePeakLimiter
from endpoints.loudness.meter import LoudnessMeter, Measured
from endpoints.loudness.speakers import channel_mask, channel_weights

Samples = NDArray[np.floating[Any]]


def weights_of(path: Path, channels: int) -> tuple[tuple[float, ...], str]:
    """Return each channel's weight, and a sentence where nothing tells which speakers they are for."""
    weights = channel_weights(channels, channel_mask(path))
    if weights is not None:
        return weights, ""
    return (1.0,) * channels, f"Which speakers its {channels} channels are for is not known; all count alike."


def through_limiter(
    reader: AudioReader, gain: float, ceiling: float, progress: Callable[[float], None]
) -> Iterator[Samples]:
    """Yield a file's sound after a gain (dB) and a limiter of a ceiling (dBTP), in blocks."""
    fmt = reader.format
    limiter = TruePeakLimiter(fmt.channels, fmt.sample_rate, 10 ** (gain / 20), ceiling)
    for block in reader.blocks(progress):
        yield from limiter.push(block)
    yield from limiter.finish()


def measure(path: Path, changed: Callable[[AudioReader], Iterator[Samples]]) -> Measured:
    """Measure a sound file after a change.

    Args:
        path: the file.
        changed: yields the sound to measure, from the open file.

    Raises:
        AudioFileError: it cannot be read.
    """
    with open_reader(path) as reader:
        weights, _ = weights_of(path, reader.format.channels)
        meter = LoudnessMeter(reader.format.sample_rate, weights)
        for block in changed(reader):
            meter.push(block)
    return meter.finish()
