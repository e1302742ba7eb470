"""Sound at another rate, with a gradient: the Fourier transform cut off, or lengthened, as sampling theory has it."""

from __future__ import annotations

import math

import torch
from torch.nn import functional


def resampled(sound: torch.Tensor, rate: int, wanted: int) -> torch.Tensor:
    """Return a sound at another rate; gradients reach the sound.

    Args:
        sound: ``(…, samples)``.
        rate: its own, in Hz.
        wanted: that of the result, in Hz.

    Returns:
        As many samples as last as long, rounded up, ``(…, samples)``.
    """
    if rate == wanted:
        return sound
    common = math.gcd(rate, wanted)
    block = rate // common
    samples = sound.shape[-1]
    # A little silence behind it: the transform takes its end for what comes before its start.
    blocks = -(-samples // block) + 1 + 64 // block
    whole = functional.pad(sound, (0, blocks * block - samples))
    length = blocks * (wanted // common)
    made: torch.Tensor = torch.fft.irfft(torch.fft.rfft(whole)[..., : length // 2 + 1], length) * (wanted / rate)
    return made[..., : -(-samples * wanted // rate)]
