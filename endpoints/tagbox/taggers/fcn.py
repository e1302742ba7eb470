"""The fully convolutional tagger, trained on MagnaTagATune by Minz Won.

K. Choi, G. Fazekas, M. Sandler: "Automatic tagging using deep convolutional neural networks", ISMIR 2016; the weights
are those of M. Won, A. Ferraro, D. Bogdanov, X. Serra: "Evaluation of CNN-based automatic music tagging models", SMC
2020, whose licence (MIT) stands beside them. As it was trained it hears 29 s. Here time goes round in every layer:
that is the same as hearing a loop for ever, and takes no longer than the loop does.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch.nn import functional

from endpoints.bundled.music_tags import MTT
from endpoints.tagbox.taggers.tagger import looped

WEIGHTS = Path(__file__).with_name("fcn_mtat.npz")
"""The tensors of ``sota_music_taggers/models/mtat/fcn/best_model.pth`` by their names, filters as 16-bit floats.

It stands in github.com/ethman/sota-music-tagging-models at commit 2969b12; its SHA-256 begins with e89d751202d38c3a.
"""

Tensors = Mapping[str, NDArray[np.floating[Any]]]

_POOLS = ((2, 4), (2, 4), (2, 4), (3, 5))
"""What the first four layers take the greatest of: bands and frames. The last takes that of all that is left."""

_TOGETHER = 4 * 4 * 4 * 5
"""Frames that become one."""

_SIZE, _HOP = 512, 256
_VARIANCE_FLOOR = 1e-5
_SILENCE = 1e-10


class FcnTagger:
    """Five layers over a mel spectrogram in dB.

    Args:
        tensors: of the authors' checkpoint, by their names.
        frames: how many of 16 ms it hears at once, a multiple of 320.
        device: where it computes, a torch device's name.

    Raises:
        KeyError: a tensor is missing.
    """

    tags = tuple(MTT)

    def __init__(self, tensors: Tensors, frames: int = 2 * _TOGETHER, device: str = "cpu") -> None:
        self._device = torch.device(device)
        named = {name: torch.from_numpy(np.asarray(value, np.float32)).to(device) for name, value in tensors.items()}
        self._window, self._bands = named["spec.spectrogram.window"], named["spec.mel_scale.fb"]
        self._factor, self._offset = _normalisation(named, "spec_bn")
        self._layers = [_layer(named, f"layer{number}") for number in range(1, 6)]
        self._weight, self._bias = named["dense.weight"], named["dense.bias"]
        self._frames = frames

    def excerpt(self, sound: torch.Tensor, start: int) -> torch.Tensor:
        """Hear 10.24 s of a sound that goes round; see :class:`endpoints.tagbox.taggers.tagger.Tagger`."""
        heard = looped(sound, start - _SIZE // 2, (self._frames - 1) * _HOP + _SIZE)
        return self._logits(heard.to(self._device)).to(sound.device)

    def opinion(self, sound: torch.Tensor) -> torch.Tensor:
        """Return the mean over the whole, 10.24 s by 10.24 s."""
        with torch.no_grad():
            span = self._frames * _HOP
            starts = range(0, max(1, sound.shape[0] - span // 2), span)
            return torch.stack([self.excerpt(sound, start).sigmoid() for start in starts]).mean(0)

    def _logits(self, sound: torch.Tensor) -> torch.Tensor:
        spectra = torch.fft.rfft(sound.unfold(0, _SIZE, _HOP) * self._window)
        power = (spectra.real.square() + spectra.imag.square()) @ self._bands
        found = (10 * torch.log10(power.T.clamp_min(_SILENCE)))[None, None] * self._factor + self._offset
        for number, (weight, bias) in enumerate(self._layers):
            round_in_time = functional.pad(functional.pad(found, (1, 1, 0, 0), mode="circular"), (0, 0, 1, 1))
            found = functional.conv2d(round_in_time, weight, bias).relu()
            found = functional.max_pool2d(found, _POOLS[number]) if number < len(_POOLS) else found.amax((2, 3))
        logits: torch.Tensor = functional.linear(found, self._weight, self._bias)[0]
        return logits


def _normalisation(tensors: Mapping[str, torch.Tensor], name: str) -> tuple[torch.Tensor, torch.Tensor]:
    """Return batch normalisation as it is once trained: a factor and an offset for each channel."""
    weight, bias, mean, variance = (
        tensors[f"{name}.{part}"] for part in ("weight", "bias", "running_mean", "running_var")
    )
    factor = weight / torch.sqrt(variance + _VARIANCE_FLOOR)
    return factor, bias - mean * factor


def _layer(tensors: Mapping[str, torch.Tensor], name: str) -> tuple[torch.Tensor, torch.Tensor]:
    """Return a layer's filters and biases with its normalisation, which comes before the rectifier, worked in."""
    factor, offset = _normalisation(tensors, f"{name}.bn")
    filters = tensors[f"{name}.conv.weight"] * factor[:, None, None, None]
    return filters, tensors[f"{name}.conv.bias"] * factor + offset


def fcn(device: str = "cpu") -> FcnTagger:
    """Return the tagger with the authors' weights, which come along as 16-bit floats, on a device."""
    with np.load(WEIGHTS, allow_pickle=False) as kept:
        return FcnTagger(dict(kept), device=device)
