"""By how much a model's result is late, and whether that is one delay for everything that it returns."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from app.audacitorch.inference.forward import Model
from app.audacitorch.trial.dependence import uneven_sound
from app.audacitorch.trial.timed_run import Samples, Trial

_COPY = 0.9
"""Likeness from which on a row is a copy of the input."""
_RELATED = 0.3
"""Likeness from which on a row is made of the input so plainly that its delay can be told, within ``_NEAR``."""
_NEAR = 0.005
"""Seconds; a filter moves what it leaves by its own, small delay."""
_LONGEST = 1.0
"""Seconds of a delay beyond which it is taken for what the model is for."""


def find_delay(x: Samples, y: Samples) -> int:
    """Return by how many samples a row of ``y``, or their sum, is a late copy of ``x`` (early, if negative), else 0.

    Args:
        x: the input, ``(channels, n)``; a delay of up to half of it is found.
        y: the result, ``(rows, about n)``.
    """
    missing = max(0, x.shape[1] - y.shape[1])
    y = np.pad(y, ((0, 0), (0, missing)))[:, : x.shape[1]]
    likeness, delay = max(_matches(x, [*y, *_sums(x, y)]), key=lambda match: match[0], default=(0.0, 0))
    return delay if likeness > _COPY else 0


def is_sure(trial: Trial, x: Samples, y: Samples, delay: int, settings: Sequence[Model]) -> bool:
    """Whether all that a model returns is late by ``delay`` samples, whatever the sound, its length, and the settings.

    Args:
        trial: the model.
        x: an input, ``(channels, n)``.
        y: its result, ``(rows, n)``.
        delay: what was found in that.
        settings: the model with its own controls moved.

    Raises:
        ModelRunError: the model failed.
        TooSlowError: it would not be done in time.
    """
    if not 0 < abs(delay) <= _LONGEST * trial.rate:
        return False
    if not _all_late(x, y, delay, trial.rate):
        return False
    for seed in (4, 5):
        other = uneven_sound(trial, x.shape[1] + 1237 * (seed - 3), seed)
        if not _all_late(other, trial.run(other), delay, trial.rate):
            return False
    return all(_all_late(x, trial.of(moved).run(x), delay, trial.rate) for moved in settings)


def _all_late(x: Samples, y: Samples, delay: int, rate: int) -> bool:
    """Whether there is a copy that is late by so much, and nothing that is plainly late by anything else."""
    rows, sums = list(_matches(x, y)), list(_matches(x, _sums(x, y)))
    copies = [late for likeness, late in (*rows, *sums) if likeness > _COPY]
    related = [late for likeness, late in rows if likeness > _RELATED]
    return set(copies) == {delay} and all(abs(late - delay) <= _NEAR * rate for late in related)


def _sums(x: Samples, y: Samples) -> list[Samples]:
    """Return what all rows sum to, and those of each channel where they come in pairs."""
    sums = [y.sum(axis=0)] if len(y) > 1 else []
    return [*sums, y[0::2].sum(axis=0), y[1::2].sum(axis=0)] if len(x) == 2 and len(y) in range(4, 1025, 2) else sums


def _matches(x: Samples, rows: Iterable[Samples]) -> Iterator[tuple[float, int]]:
    """Yield for each row how like it is to a channel of ``x (channels, n)``, or their sum, at best, and how late so."""
    heard = [*x, x.sum(axis=0)] if len(x) > 1 else [*x]
    for row in rows:
        yield max((_match(channel, row) for channel in heard), key=lambda match: match[0])


def _match(channel: Samples, row: Samples) -> tuple[float, int]:
    """Return the greatest correlation (0 to 1) of two sounds ``(n,)``, one of them moved, and by how far."""
    samples = len(channel)
    size, most = 2 * samples, samples // 2
    product = np.fft.rfft(row, size) * np.conj(np.fft.rfft(channel, size))
    correlation = np.abs(np.fft.irfft(product, size))
    late = np.arange(-most, most + 1)
    own, others = _energies(channel), _energies(row)
    shared = np.where(late >= 0, own[samples - np.abs(late)], own[-1] - own[np.abs(late)])
    shared = shared * np.where(late >= 0, others[-1] - others[np.abs(late)], others[samples - np.abs(late)])
    likeness = correlation[late] / np.sqrt(np.maximum(shared, 1e-3 * own[-1] * others[-1] + 1e-30))
    place = int(likeness.argmax())
    return float(likeness[place]), int(late[place])


def _energies(sound: Samples) -> NDArray[np.float64]:
    """Return the energy of the first 0, 1, 2 … samples of ``sound (n,)``."""
    return np.concatenate([[0.0], np.cumsum(sound.astype(np.float64) ** 2)])
