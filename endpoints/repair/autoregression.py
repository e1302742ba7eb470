"""Sound as what follows from its past: each sample predicted from those before it.

The predictor is that of the autocorrelation method. Samples that are lost are those for which the sound follows best:
A. J. E. M. Janssen, R. N. J. Veldhuis, L. B. Vries: "Adaptive interpolation of discrete-time signals that can be
modeled as autoregressive processes", IEEE Transactions on Acoustics, Speech, and Signal Processing 34(2), 1986.
"""

from __future__ import annotations

import numpy as np

from endpoints.repair.windows import Exact, Mask, runs

ORDER = 36
_FLOOR = 1e-9
"""Of the power, added as noise, so that a pure tone has a predictor too."""
_MOST = 400
"""Lost samples that are solved for together."""


def predictor(samples: Exact) -> Exact:
    """Return the filter that leaves of a sound what does not follow from its past.

    Args:
        samples: shape `(n,)`.

    Returns:
        Shape `(ORDER + 1,)`; the first is 1.
    """
    size = 1 << (2 * samples.shape[0] - 1).bit_length()
    power = np.abs(np.fft.rfft((samples - samples.mean()) * np.hanning(samples.shape[0]), size)) ** 2
    correlation = np.fft.irfft(power)[: ORDER + 1]
    correlation[0] = correlation[0] * (1 + _FLOOR) + 1e-20
    lags = np.abs(np.arange(ORDER)[:, None] - np.arange(ORDER))
    weights = np.linalg.solve(correlation[lags], -correlation[1:])
    return np.concatenate(([1.0], weights))


def interpolated(samples: Exact, lost: Mask, model: Exact) -> Exact:
    """Return a sound whose lost samples are those that leave least that does not follow.

    Args:
        samples: shape `(n,)`.
        lost: which to replace; shape `(n,)`.
        model: of :func:`predictor`.
    """
    made: Exact = samples.copy()
    reach = np.convolve(model, model[::-1])[ORDER:]
    around = np.concatenate((reach[::-1], reach[1:]))
    for begin, end in _together(lost):
        low, high = max(0, begin - ORDER), min(samples.shape[0], end + ORDER)
        unknown = np.flatnonzero(lost[low:high])
        known = np.where(lost[low:high], 0.0, samples[low:high])
        wanted = -np.convolve(known, around)[ORDER:-ORDER][unknown]
        apart = np.abs(unknown[:, None] - unknown)
        matrix = np.where(apart <= ORDER, reach[np.minimum(apart, ORDER)], 0.0)
        made[low + unknown] = np.linalg.solve(matrix + 1e-9 * reach[0] * np.eye(len(unknown)), wanted)
    return made


def _together(lost: Mask) -> list[tuple[int, int]]:
    """Return stretches of which none depends on what is lost in another."""
    found: list[tuple[int, int]] = []
    for begin, end in runs(lost).tolist():
        if found and begin - found[-1][1] <= ORDER and end - found[-1][0] <= _MOST:
            found[-1] = (found[-1][0], end)
        else:
            found.append((begin, end))
    return found
