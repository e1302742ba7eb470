"""What the network hears: a constant-Q spectrogram, stacked so that the partials of a tone lie upon each other.

R. M. Bittner, J. J. Bosch, D. Rubinstein, G. Meseguer-Brocal, S. Ewert: "A lightweight instrument-agnostic model for
polyphonic note transcription and multipitch estimation", ICASSP 2022. The constant-Q transform is taken octave by
octave of the sound at half the rate each time (C. Schörkhuber, A. Klapuri: "Constant-Q transform toolbox for music
processing", SMC 2010); its filters are the authors' own, from the file of the weights.
"""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import nn
from torch.nn import functional

SAMPLE_RATE = 22050
HOP = 256
"""Samples from one frame to the next."""

WINDOW = 43844
"""Samples that the network hears at once: it makes the loudest and the softest of them its scale."""

FRAMES = WINDOW // HOP + 1
"""Frames of a window: one lies on its first sample, and on every 256th after it."""

BINS_PER_SEMITONE = 3
BINS = 264
"""Bins of 88 semitones, from A0 on."""

OCTAVE = 36
_OCTAVES = 9
_HARMONICS = (-36, 0, 36, 57, 72, 84, 93, 101)
"""How many bins above a tone the octave below it, the tone itself and its partials 2 to 7 lie."""

_REAL, _IMAGINARY, _HALVING = "const_fold_opt__655", "const_fold_opt__664", "const_fold_opt__734"
_LENGTHS = "model_1/cq_t2010v2_1/Sqrt;model_1/cq_t2010v2_1/Sqrt"
_SCALE, _OFFSET = (
    "model_1/batch_normalization/FusedBatchNormV3;model_1/batch_normalization/FusedBatchNormV3" + end
    for end in ("", "1")
)

Tensors = Mapping[str, torch.Tensor]


class HarmonicCqt(nn.Module):
    """Windows of sound to stacked spectrograms.

    Args:
        tensors: those of the file of the weights, by their names there.

    Raises:
        KeyError: one is missing.
    """

    octave: torch.Tensor
    halving: torch.Tensor
    lengths: torch.Tensor
    scale: torch.Tensor
    offset: torch.Tensor

    def __init__(self, tensors: Tensors) -> None:
        super().__init__()
        filters = torch.cat([tensors[_REAL], tensors[_IMAGINARY]])
        self.register_buffer("octave", filters[:, :, 0])
        self.register_buffer("halving", tensors[_HALVING][:, :, 0])
        self.register_buffer("lengths", tensors[_LENGTHS][:, :, 0])
        self.register_buffer("scale", tensors[_SCALE])
        self.register_buffer("offset", tensors[_OFFSET])

    def forward(self, sound: torch.Tensor) -> torch.Tensor:
        """Map ``(n, WINDOW)`` at 22,050 Hz to ``(n, 8, FRAMES, BINS)``."""
        levels = 10.0 * torch.log10(self.magnitude(sound).square() + 1e-10)
        levels = levels - levels.amin((1, 2), keepdim=True)
        most = levels.amax((1, 2), keepdim=True)
        shares = torch.where(most > 0, levels / most.clamp_min(1e-30), torch.zeros_like(levels))
        heard = (shares * self.scale + self.offset).transpose(1, 2)
        return torch.stack([_raised(heard, bins) for bins in _HARMONICS], 1)

    def magnitude(self, sound: torch.Tensor) -> torch.Tensor:
        """Map ``(n, WINDOW)`` to the constant-Q magnitudes, ``(n, 309, FRAMES)``, the lowest first."""
        now, hop = sound[:, None], HOP
        half = self.octave.shape[-1] // 2
        found: list[torch.Tensor] = []
        for level in range(_OCTAVES):
            if level:
                now = functional.conv1d(functional.pad(now, (half - 1, half - 1)), self.halving, stride=2)
                hop //= 2
            parts = functional.conv1d(functional.pad(now, (half, half), mode="reflect"), self.octave, stride=hop)
            found.append(torch.hypot(parts[:, :OCTAVE], parts[:, OCTAVE:]))
        bins = torch.cat(found[::-1], 1)
        return bins[:, -self.lengths.shape[0] :] * self.lengths


def _raised(heard: torch.Tensor, bins: int) -> torch.Tensor:
    """Return ``(n, frames, BINS)`` of which each bin is the one so many above it; 0 where there is none."""
    if bins < 0:
        return functional.pad(heard, (-bins, 0))[..., :BINS]
    return functional.pad(heard[..., bins:], (0, bins))[..., :BINS]
