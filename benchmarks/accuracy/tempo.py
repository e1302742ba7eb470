"""From beats to seconds, at a tempo that stays or changes."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property

import numpy as np

from benchmarks.accuracy.truth import Times

_STEPS = 48
"""In how many parts of a beat the tempo is constant."""
_LONGEST = 256
"""Beats that a piece may have."""


class Tempo:
    """How fast a piece goes."""

    def __init__(self, of: Callable[[Times], Times], *, steady: bool) -> None:
        """``of`` returns the tempo (beats a minute) at each beat, counted from 0."""
        self._of, self.steady = of, steady

    @cached_property
    def _times(self) -> Times:
        beats = (np.arange(_LONGEST * _STEPS) + 0.5) / _STEPS
        return np.concatenate([np.zeros(1), np.cumsum(60.0 / self._of(beats) / _STEPS)])

    def time(self, beat: float) -> float:
        """Return how many seconds after the first beat ``beat`` comes; it may lie between two."""
        whole, rest = divmod(beat * _STEPS, 1.0)
        before, after = self._times[int(whole)], self._times[int(whole) + 1]
        return float(before + rest * (after - before))


def steady(bpm: float) -> Tempo:
    """Return a tempo that stays."""
    return Tempo(lambda beats: np.full_like(beats, bpm), steady=True)


def step(first: float, then: float, at: float) -> Tempo:
    """Return a tempo that changes from one beat to the next."""
    return Tempo(lambda beats: np.where(beats < at, first, then), steady=False)


def ramp(first: float, then: float, during: float) -> Tempo:
    """Return a tempo that goes evenly from one to another in the first ``during`` beats, and stays there."""
    return Tempo(lambda beats: first + (then - first) * np.clip(beats / during, 0.0, 1.0), steady=False)


def waves(bpm: float, depth: float, period: float) -> Tempo:
    """Return a tempo that goes up and down by a share ``depth``, once in ``period`` beats."""
    return Tempo(lambda beats: bpm * (1.0 + depth * np.sin(2.0 * np.pi * beats / period)), steady=False)


def rubato(bpm: float, depth: float, phrase: float, seed: int) -> Tempo:
    """Return a tempo that wanders by about ``depth`` and holds back at the end of each phrase of ``phrase`` beats."""

    def of(beats: Times) -> Times:
        wander = np.interp(beats, np.arange(_LONGEST + 1), np.random.default_rng(seed).standard_normal(_LONGEST + 1))
        ending = np.clip((beats % phrase - 0.75 * phrase) / (0.25 * phrase), 0.0, 1.0)
        return bpm * (1.0 + 0.5 * depth * wander) * (1.0 - 2.0 * depth * ending)

    return Tempo(of, steady=False)
