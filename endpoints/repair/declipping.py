"""Clipped samples restored: by the sound of the fewest partials that keeps the others, and passes the level at these.

A-SPADE: S. Kitić, N. Bertin, R. Gribonval: "Sparsity and cosparsity for audio declipping: a flexible non-convex
approach", LVA/ICA 2015, with the projection of P. Záviška, P. Rajmic, O. Mokrý, Z. Průša: "A proper version of
synthesis-based sparse audio declipper", ICASSP 2019. Frames lie over each other by three quarters; their transforms
have twice as many bins as they need, in single precision.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from endpoints.repair.windows import Exact, Mask, Samples

_NEAR = 0.1
"""How near partials and samples come to each other, of the frame's clipped level: nearer is not heard."""
_STEP = 2
"""Partials more in each round."""
_BATCH = 64
"""Frames that are restored together."""


def frame(rate: int) -> int:
    """Return the samples of a frame: about 46 ms, a power of two."""
    return int(2 ** max(8, round(np.log2(rate * 0.046))))


def restored(samples: Exact, above: Mask, below: Mask, rate: int, still: Callable[[], None]) -> Exact:
    """Return a sound with its clipped samples restored, and all others as they are.

    Args:
        samples: shape `(n,)`.
        above: which are clipped at the top; shape `(n,)`.
        below: which at the bottom.
        rate: in Hz.
        still: called now and then; what it raises ends it.
    """
    size = frame(rate)
    hop, window = size // 4, np.sin(np.pi * (np.arange(size) + 0.5) / size)
    ends = ((size, size + hop - samples.shape[0] % hop),)
    padded, top, bottom = (np.pad(part, ends) for part in (samples, above, below))
    starts = np.arange(0, padded.shape[0] - size + 1, hop)
    count = np.pad(np.cumsum(np.logical_or(top, bottom)), (1, 0))
    starts = starts[count[starts + size] > count[starts]]
    made, weight = np.zeros(padded.shape[0]), np.zeros(padded.shape[0])
    for first in range(0, len(starts), _BATCH):
        at = starts[first : first + _BATCH, None] + np.arange(size)
        frames = _sparse(padded[at] * window, top[at], bottom[at], still)
        np.add.at(made, at, frames * window)
        np.add.at(weight, at, np.broadcast_to(window**2, at.shape))
    made = (made / np.maximum(weight, 1e-9))[size : size + samples.shape[0]]
    return np.where(above, np.maximum(made, samples), np.where(below, np.minimum(made, samples), samples))


def _sparse(exact: Exact, top: Mask, bottom: Mask, still: Callable[[], None]) -> Samples:
    """Return the frames `(frames, size)` restored, still under their window."""
    frames: Samples = exact.astype(np.float32)
    size = frames.shape[1]
    free = top | bottom
    made: Samples = frames.copy()
    result: Samples = frames.copy()
    dual = np.zeros((frames.shape[0], size + 1), np.complex64)
    left = np.arange(frames.shape[0])
    enough = _NEAR * np.abs(np.where(free, frames, 0.0)).max(1)
    for strongest in range(2, size // 3, _STEP):
        still()
        spectrum = np.fft.rfft(made, 2 * size, norm="ortho")
        aimed = spectrum + dual
        size_of = np.abs(aimed)
        least = np.partition(size_of, -strongest, axis=1)[:, -strongest, None]
        sparse = np.where(size_of >= least, aimed, 0.0)
        synthesis = np.fft.irfft(sparse - dual, 2 * size, norm="ortho")[:, :size]
        now, up, down = frames[left], top[left], bottom[left]
        made = np.where(up, np.maximum(synthesis, now), np.where(down, np.minimum(synthesis, now), now))
        off = np.fft.rfft(made, 2 * size, norm="ortho") - sparse
        dual = dual + off
        result[left] = made
        on = np.sqrt(2) * np.linalg.norm(off, axis=1) > enough[left]
        if not on.any():
            break
        left, made, dual = left[on], made[on], dual[on]
    return result
