"""Where a sound has attacks: found in pieces, so that its length does not matter."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import torch

from app.audio.resample import Resampler
from endpoints.bundled.onset_detection import OnsetDetection
from endpoints.time_pitch.change import Samples, Sound

_RATE = 44100
_PIECE, _AROUND = 20 * _RATE, 2 * _RATE
"""Samples that are looked at in one go, and what is heard before and behind them, since a threshold follows it."""


def attacks(sound: Sound) -> list[float]:
    """Return the moments of a sound's attacks, in samples of it, ascending."""
    detection, found = OnsetDetection(_RATE), []
    for begin, first, last, piece in _pieces(_at_our_rate(sound)):
        mono = torch.from_numpy(piece)
        for second in detection(mono, detection.flux(mono)).tolist():
            at = begin + second * _RATE
            if first <= at < last:
                found.append(at * sound.rate / _RATE)
    return found


def _at_our_rate(sound: Sound) -> Iterator[np.ndarray]:
    resampler = Resampler(1, sound.rate, _RATE)
    for block in sound.hear():
        yield resampler.push(block.mean(0, keepdims=True).astype(np.float32))[0]
    yield resampler.finish(-(-sound.samples * _RATE // sound.rate))[0]


def _pieces(blocks: Iterator[np.ndarray]) -> Iterator[tuple[int, int, int, Samples]]:
    """Yield where a piece begins, between which samples attacks are its own, and its samples ``(n,)``."""
    kept, begin, first = np.zeros(0, np.float32), 0, 0
    for block in blocks:
        kept = np.concatenate((kept, block))
        while kept.shape[0] >= first - begin + _PIECE + _AROUND:
            last = first + _PIECE
            yield begin, first, last, kept[: last + _AROUND - begin]
            dropped = max(0, last - _AROUND - begin)
            kept, begin, first = kept[dropped:], begin + dropped, last
    if kept.size:
        yield begin, first, begin + kept.shape[0], kept
