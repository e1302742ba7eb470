"""What a sample of a model's result depends on, found by changing the input elsewhere and watching."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from app.audacitorch.inference.levels import Level, filling, rough_shape, smooth_shape
from app.audacitorch.trial.timed_run import Samples, Trial, made_up_sound

_UNCHANGED = (10 ** (-90 / 20), 10 ** (-105 / 20), 10 ** (-120 / 20))
"""Peaks of a change, relative to the RMS of its row, that count as none: the first should do, the others make sure."""
_SHIFTED = 85.0
"""Decibels below a row's RMS of what a shift may change."""
_SMALLEST_ROW = 1e-2
"""A row weaker than this share of the strongest is measured by that share instead of itself."""
_SAME_LEVEL = 70.0
"""Decibels by which results must agree whose inputs have the same level."""
_ALIKE = 0.99
"""Correlation above which a change is one of level."""
_ODD_PARTS = (1, 75, 525, 225, 441, 1575, 125, 11025, 825)
"""A hop divides the product of one of these and a power of two, unless it is an odd one."""
_PRIMES = (2, 3, 5, 7, 11)


@dataclass(frozen=True)
class Reach:
    """How far changes are heard, in samples.

    Attributes:
        ends: whether they are not heard everywhere.
        sides: how much sound before and after a sample its result depends on, for smaller and smaller dependences.
        gain_only: whether a change far away changes nothing but the level.
    """

    ends: bool
    sides: tuple[tuple[int, int], ...] = ()
    gain_only: bool = False


def same_twice(trial: Trial, x: Samples, y: Samples) -> bool:
    """Whether the model returns the same for the same."""
    return not (np.abs(trial.run(x) - y) > _UNCHANGED[0] * row_levels(y)).any()


def reach(trial: Trial, samples: int) -> Reach:
    """Measure how far changes are heard: louder sound, silence, other sound instead of what was there.

    All sounds are ``samples`` long; a context of up to half of them is told from an endless one.
    """
    sides = np.zeros((len(_UNCHANGED), 2), np.int64)
    for seed, loudness in enumerate((4.0, 0.0, 1.0)):
        edge = samples // 4 - 7 * seed
        most = samples - edge - samples // 8
        x = uneven_sound(trial, samples, seed) if seed else made_up_sound(trial.channels, samples, trial.rate, seed)
        other = np.float32(loudness) * made_up_sound(trial.channels, samples, trial.rate, 10 + seed)
        y = trial.run(x)
        for side, changed in enumerate((slice(0, edge), slice(samples - edge, samples))):
            sound = x.copy()
            sound[:, changed] = other[:, changed]
            result = trial.run(sound)
            change = np.abs(result - y) / row_levels(y)
            if side:
                result, y_far, change = result[:, ::-1], y[:, ::-1], change[:, ::-1]
            else:
                y_far = y
            far = [_last(change[:, edge:] > threshold) for threshold in _UNCHANGED]
            if far[0] > most:
                tail = slice(samples - samples // 8, samples)
                return Reach(False, gain_only=_gain_only(result[:, tail], y_far[:, tail]))
            sides[:, side] = np.maximum(sides[:, side], far)
    fitting = [(int(before), int(after)) for before, after in sides if before + after <= samples // 2]
    return Reach(bool(fitting), tuple(fitting))


def hears_level_only(trial: Trial, samples: int) -> bool:
    """Whether sound far away changes the result, but nothing of it while the whole input's level stays the same.

    Level means mean, power and peak. All inputs are ``samples`` long.
    """
    near = made_up_sound(trial.channels, samples // 2, trial.rate, 6)
    wide = near.astype(np.float64)
    heard: list[Samples] = []
    for loudness in (0.5, 3.0):
        power = (loudness**2 + 1) * np.square(wide).mean(axis=1)
        level = Level(wide.mean(axis=1) + 0.02, power, (1 + loudness) * np.abs(wide).max(axis=1))
        rough, smooth = (filling(near, level, shape(samples - samples // 2)) for shape in (rough_shape, smooth_shape))
        after = [trial.run(np.concatenate([near, far], axis=1))[:, : samples // 4] for far in (rough, smooth)]
        before = [trial.run(np.concatenate([far, near], axis=1))[:, -samples // 4 :] for far in (rough, smooth)]
        if min(agreement(*after), agreement(*before)) <= _SAME_LEVEL:
            return False
        heard.append(after[0])
    return agreement(*heard) <= _SAME_LEVEL


def uneven_sound(trial: Trial, samples: int, seed: int) -> Samples:
    """Return sound that is soft, then loud, then pauses, then goes on, ``(channels, samples)``."""
    x = made_up_sound(trial.channels, samples, trial.rate, seed)
    x[:, samples // 3 : samples // 2] *= 4
    x[:, samples // 2 : samples // 2 + samples // 8] = 0
    return x


def find_stride(trial: Trial, samples: int, before: int, after: int, hint: int = 0) -> int:
    """Return the least shift of the input that only shifts the result, as do its multiples; 0 where none is found.

    Args:
        trial: the model.
        samples: length of the inputs to try with, more than twice the context.
        before: the context before a sample.
        after: the context after it.
        hint: a shift that is likely, or 0.
    """
    limit = (samples - before - after) * 3 // 4
    x = made_up_sound(trial.channels, samples + limit, trial.rate, 2)
    y = trial.run(x[:, :samples])

    def only_shifts(shift: int) -> bool:
        shifted = trial.run(x[:, shift : shift + samples])[:, before : samples - after - shift]
        return bool(agreement(y[:, before + shift : samples - after], shifted) > _SHIFTED)

    if limit < 1 or only_shifts(1):
        return min(limit, 1)
    likely = [part << (limit // part).bit_length() - 1 for part in _ODD_PARTS if part <= limit]
    found = next((shift for shift in [hint, *likely] if 1 < shift <= limit and only_shifts(shift)), 0)
    for prime in _PRIMES if found else ():
        power, rest = 0, found
        while rest % prime == 0:
            power, rest = power + 1, rest // prime
        least = 0
        while least < power:
            middle = (least + power) // 2
            if only_shifts(rest * prime**middle):
                power = middle
            else:
                least = middle + 1
        found = rest * prime**power
    return found


def agreement(wanted: Samples, got: Samples) -> float:
    """Return how far the difference of two results ``(rows, n)`` is below the first, in dB, for the worst row."""
    error = np.sqrt(np.mean((got.astype(np.float64) - wanted) ** 2, axis=1))
    ratio = float((error / row_levels(wanted)[:, 0]).max())
    return float("inf") if ratio == 0 else -20 * float(np.log10(ratio))


def row_levels(y: Samples) -> NDArray[np.float64]:
    """Return the RMS of each row of ``(rows, n)``, none below a share of the strongest, as ``(rows, 1)``."""
    levels = np.sqrt(np.mean(y.astype(np.float64) ** 2, axis=1, keepdims=True))
    return np.asarray(np.maximum(levels, max(_SMALLEST_ROW * levels.max(), 1e-12)))


def _last(marks: NDArray[np.bool_]) -> int:
    """Return how many columns of ``(rows, n)`` there are up to the last with a mark."""
    places = np.flatnonzero(marks.any(axis=0))
    return int(places[-1]) + 1 if len(places) else 0


def _gain_only(result: Samples, y: Samples) -> bool:
    """Whether ``result`` differs from ``y``, and in its level only: the difference is like ``y`` itself."""
    wanted = y.astype(np.float64).ravel()
    change = result.ravel() - wanted
    scale = float(np.linalg.norm(change) * np.linalg.norm(wanted))
    return scale > 0 and abs(float(change @ wanted)) / scale > _ALIKE
