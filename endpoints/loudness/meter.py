"""Measuring a stream of sound: the K-weighted power and the true peak of each tenth of a second.

Twenty numbers for a second of sound are kept, nothing else: gates that look at the whole are for afterwards.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.audio.resample import Resampler, resampled_length
from endpoints.loudness import gating
from endpoints.loudness.between_samples import REACH, interpolators
from endpoints.loudness.filter_bank import FilterBank
from endpoints.loudness.k_weighting import LOWEST_RATE, impulse_response

Samples = NDArray[np.floating[Any]]

TENTHS = 10
"""In a second."""


@dataclass(frozen=True)
class Peak:
    """The loudest point of a sound, also between its samples.

    Attributes:
        level: 1 is full scale.
        at: seconds from the start.
        channel: from 0.
    """

    level: float = 0.0
    at: float = 0.0
    channel: int = 0

    @property
    def decibels(self) -> float:
        """The level in dBTP; ``-inf`` for silence."""
        return 20 * math.log10(self.level) if self.level > 0 else -math.inf


@dataclass(frozen=True)
class Measured:
    """What is known of a sound.

    Attributes:
        powers: of each whole tenth of a second, shape `(tenths,)` (see :mod:`endpoints.loudness.gating`); of a sound
            shorter than 0.4 s the mean of all of it, four times.
        peaks: the true peak of each tenth, the last perhaps shorter, shape `(tenths or one more,)`; 1 is full scale.
        peak: the loudest of them.
        seconds: the length.
    """

    powers: NDArray[np.float64]
    peaks: NDArray[np.float64]
    peak: Peak
    seconds: float

    @property
    def too_short(self) -> bool:
        """Whether it is too short for a gate."""
        return self.seconds < gating.MOMENTARY / TENTHS

    def integrated(self, gain: float = 1.0) -> float:
        """Return the loudness in LUFS, after a gain: the gate at -70 LUFS does not move with it."""
        return gating.integrated(self.powers * gain**2)


class LoudnessMeter:
    """Hears a sound block by block.

    Args:
        rate: in Hz.
        weights: how much each channel's power counts.
    """

    def __init__(self, rate: int, weights: Sequence[float]) -> None:
        channels = len(weights)
        self._given, self._given_rate = 0, rate
        self._rate = rate * -(-LOWEST_RATE // rate)
        self._there = Resampler(channels, rate, self._rate)
        weighting, between = impulse_response(self._rate), interpolators(self._rate)
        filters = np.zeros((1 + len(between), REACH + max(len(weighting), REACH + 1)))
        filters[0, REACH : REACH + len(weighting)] = weighting
        filters[1:, : 2 * REACH + 1] = between
        self._bank = FilterBank(filters, REACH, channels)
        self._weights = np.array(weights)[:, None]
        self._power, self._level = np.zeros(0), np.zeros(0, np.float32)
        self._start = self._tenths = 0  # of what waits: its first sample, and how many tenths came before it
        self._powers: list[NDArray[np.float64]] = []
        self._peaks: list[NDArray[np.float32]] = []
        self._peak = Peak()

    def push(self, block: Samples) -> None:
        """Hear the next ``block (channels, n)``."""
        self._given += block.shape[1]
        self._hear(self._there.push(block.astype(np.float32, copy=False)))

    def finish(self) -> Measured:
        """Return what was measured, once the sound has ended."""
        self._hear(self._there.finish(resampled_length(self._given, self._given_rate, self._rate)))
        for sound, made in self._bank.finish():
            self._collect(sound, made)
        left = self._power
        if len(left):
            self._peaks.append(self._level.max(keepdims=True))
        powers = np.concatenate([np.zeros(0), *self._powers])
        if len(powers) < gating.MOMENTARY:
            heard = sum(float(part.sum()) for part in self._powers) * self._rate / TENTHS + float(left.sum())
            powers = np.full(gating.MOMENTARY, heard / max(1, self._start + len(left)))
        peaks = np.concatenate([np.zeros(0), *self._peaks])
        return Measured(powers, peaks, self._peak, self._given / self._given_rate)

    def _hear(self, block: Samples) -> None:
        for sound, made in self._bank.push(block):
            self._collect(sound, made)

    def _collect(self, sound: Samples, made: Samples) -> None:
        between = np.maximum(made[1:].max(0), -made[1:].min(0))
        levels = np.maximum(np.abs(sound), between)
        self._find_peak(levels)
        self._power = np.concatenate([self._power, (np.square(made[0], dtype=np.float64) * self._weights).sum(0)])
        self._level = np.concatenate([self._level, levels.max(0)])
        whole = (self._start + len(self._power)) * TENTHS // self._rate
        edges = -(-np.arange(self._tenths, whole + 1) * self._rate // TENTHS) - self._start
        if len(edges) > 1:
            lengths = np.diff(edges)
            self._powers.append(np.add.reduceat(self._power[: edges[-1]], edges[:-1]) / lengths)
            self._peaks.append(np.maximum.reduceat(self._level[: edges[-1]], edges[:-1]))
            self._power, self._level = self._power[edges[-1] :], self._level[edges[-1] :]
            self._start, self._tenths = self._start + int(edges[-1]), whole

    def _find_peak(self, levels: Samples) -> None:
        highest = float(levels.max(initial=0.0))
        if highest > self._peak.level:
            channel, sample = divmod(int(levels.argmax()), levels.shape[1])
            self._peak = Peak(highest, (self._start + len(self._power) + sample) / self._rate, channel)
