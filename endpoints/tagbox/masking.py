"""The mask that a sound is for another: what of the original is in it, at several sizes of the Fourier transform.

As in TagBox, section 3: the estimate never sounds itself. For each size its magnitude, in relation to the original's,
says how much of each bin of the original stays; the phase is the original's. Windows are square roots of Hann's, both
ways, half a window apart.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import torch

LENGTHS = (512, 1024, 2048)
"""Samples of the windows at 44.1 kHz: 12, 23 and 46 ms, as the authors use them."""

_LEAST = 1e-8


def window_sizes(rate: int) -> tuple[int, ...]:
    """Return the powers of two that are nearest to :data:`LENGTHS` at a rate (Hz).

    >>> window_sizes(44100), window_sizes(16000), window_sizes(96000)
    ((512, 1024, 2048), (256, 512, 1024), (1024, 2048, 4096))
    """
    return tuple(max(32, 1 << round(math.log2(length * rate / 44100))) for length in LENGTHS)


def mask_of(estimate: torch.Tensor, mixture: torch.Tensor) -> torch.Tensor:
    """Return the mask, 0 to 1, that an estimate's spectrum is for a mixture's; both complex, of one shape."""
    wanted, whole = estimate.abs(), mixture.abs()
    return wanted / (torch.maximum(wanted, whole) + _LEAST)


def masked(
    estimate: torch.Tensor, mixture: torch.Tensor, sizes: Sequence[int], reference: torch.Tensor | None = None
) -> torch.Tensor:
    """Return what of a mixture an estimate lets through, the mean over window sizes; gradients reach the estimate.

    Args:
        estimate: the sound that says what stays, ``(channels, samples)``, or ``(1, samples)`` for all channels.
        mixture: the sound that is masked, ``(channels, samples)``.
        sizes: of the windows, in samples, each even.
        reference: what the estimate is compared with, shaped as it; the mixture itself where there is none.

    Returns:
        ``(channels, samples)``.
    """
    samples = mixture.shape[-1]
    total = torch.zeros_like(mixture)
    for size in sizes:
        window = torch.hann_window(size, dtype=mixture.dtype, device=mixture.device).sqrt()
        there = _spectrum(mixture, size, window)
        whole = there if reference is None else _spectrum(reference, size, window)
        kept = mask_of(_spectrum(estimate, size, window), whole) * there
        total = total + torch.istft(kept, size, size // 2, window=window, length=samples + size)[..., :samples]
    return total / len(sizes)


def _spectrum(sound: torch.Tensor, size: int, window: torch.Tensor) -> torch.Tensor:
    # Silence behind the sound: the last sample lies under two windows, as all others do.
    padded = torch.nn.functional.pad(sound, (0, size))
    return torch.stft(padded, size, size // 2, window=window, pad_mode="constant", return_complex=True)
