"""Sounds that run beside a region: at the same rate, and as long as it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.audio.io import AudioReader
from app.audio.resample import Resampler, resampled_length

Samples = NDArray[np.floating[Any]]


def at_rate(reader: AudioReader, rate: int) -> Iterator[Samples]:
    """Yield a file's sound at another rate (Hz), in blocks ``(channels, n)``."""
    fmt = reader.format
    there = Resampler(fmt.channels, fmt.sample_rate, rate, np.float64 if fmt.wide else np.float32)
    while (block := reader.read()).shape[1]:
        yield there.push(block)
    yield there.finish(resampled_length(reader.position, fmt.sample_rate, rate))


def stacked(blocks: Iterable[Samples], companions: Sequence[AudioReader], rate: int) -> Iterator[Samples]:
    """Yield each block ``(channels, n)`` with the companions' channels below its own.

    A companion that is longer than the blocks together is cut, a shorter one is followed by silence.
    """
    sounds = [_Supply(at_rate(reader, rate), reader.format.channels) for reader in companions]
    for block in blocks:
        parts = [block, *(sound.take(block.shape[1]).astype(block.dtype, copy=False) for sound in sounds)]
        yield np.concatenate(parts) if sounds else block


class _Supply:
    """Hands out a stream of blocks in the lengths that are asked for, and silence after it."""

    def __init__(self, blocks: Iterator[Samples], channels: int) -> None:
        self._blocks = blocks
        self._rest: Samples = np.zeros((channels, 0), np.float32)

    def take(self, samples: int) -> Samples:
        parts, had = [self._rest], self._rest.shape[1]
        while had < samples:
            block = next(self._blocks, None)
            if block is None:
                block = np.zeros((len(self._rest), samples - had), np.float32)
            parts.append(block)
            had += block.shape[1]
        whole: Samples = np.concatenate(parts, axis=1)
        self._rest = whole[:, samples:]
        return whole[:, :samples]
