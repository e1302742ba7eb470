"""The network: how probable a note sounds, and begins, in each frame of a window of sound.

Bittner et al., ICASSP 2022 (see :mod:`endpoints.audio_to_midi.harmonic_cqt`), figure 1. Its normalisations are folded
into the weights of the file.
"""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import nn
from torch.nn import functional

from endpoints.audio_to_midi.harmonic_cqt import BINS_PER_SEMITONE, HarmonicCqt, Tensors
from endpoints.bundled.network_weights import BASIC_PITCH
from endpoints.bundled.onnx_weights import read_tensors


class Posteriors(NamedTuple):
    """Probabilities, 0 to 1, of windows or of a stretch of sound, frame by frame.

    Attributes:
        notes: that a note sounds, ``(…, frames, 88)``, from A0 on.
        onsets: that one begins, ``(…, frames, 88)``.
        contours: where its pitch is, ``(…, frames, 264)``, in thirds of a semitone.
    """

    notes: torch.Tensor
    onsets: torch.Tensor
    contours: torch.Tensor


class NoteNetwork(nn.Module):
    """Windows of sound to posteriors.

    Args:
        tensors: those of the file of the weights, by their names there.

    Raises:
        KeyError: one is missing.
    """

    def __init__(self, tensors: Tensors) -> None:
        super().__init__()
        self.heard = HarmonicCqt(tensors)
        self.contour = _Layer(tensors, "const_fold_opt__727", "re_lu_1")
        self.contours = _Layer(tensors, "const_fold_opt__710", "contours-reduced")
        self.note = _Layer(tensors, "const_fold_opt__738", "conv2d_2")
        self.notes = _Layer(tensors, "const_fold_opt__702", "conv2d_3")
        self.onset = _Layer(tensors, "const_fold_opt__707", "re_lu_3")
        self.onsets = _Layer(tensors, "const_fold_opt__680", "conv2d_5")

    def forward(self, sound: torch.Tensor) -> Posteriors:
        """Map windows ``(n, WINDOW)`` at 22,050 Hz to posteriors, ``(n, FRAMES, …)``."""
        heard = self.heard(sound)
        contours = self.contours(self.contour(heard).relu()).sigmoid()
        notes = self.notes(self.note(contours, BINS_PER_SEMITONE).relu()).sigmoid()
        onsets = self.onsets(torch.cat([notes, self.onset(heard, BINS_PER_SEMITONE).relu()], 1)).sigmoid()
        return Posteriors(notes[:, 0], onsets[:, 0], contours[:, 0])


class _Layer(nn.Module):
    """A convolution over frames and bins, padded so that as many frames come out.

    A bias has the name of all that was folded into it; its beginning is enough.
    """

    weight: torch.Tensor
    bias: torch.Tensor

    def __init__(self, tensors: Tensors, weight: str, bias: str) -> None:
        super().__init__()
        self.register_buffer("weight", tensors[weight])
        known = [name for name in tensors if name.startswith(f"model_1/{bias}/") and "BiasAdd" in name]
        self.register_buffer("bias", tensors[known[0] if known else bias])

    def forward(self, x: torch.Tensor, step: int = 1) -> torch.Tensor:
        """Map ``(n, channels, frames, bins)``; of the bins every ``step``-th is asked for."""
        tall, wide = self.weight.shape[2:]
        return functional.conv2d(x, self.weight, self.bias, (1, step), (tall // 2, (wide - step + 1) // 2))


def network() -> NoteNetwork:
    """Return the network with its weights.

    Raises:
        WeightsMissingError: the package that they ship in is missing, or another.
        OnnxError: its file is not the one that is expected.
    """
    tensors = {name: torch.from_numpy(values) for name, values in read_tensors(BASIC_PITCH.read()).items()}
    return NoteNetwork(tensors).eval()
