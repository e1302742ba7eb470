"""musicnn: the network that tells what a stretch of music sounds like, with the tags of a data set.

J. Pons, O. Nieto, M. Prockup, E. Schmidt, A. Ehmann, X. Serra: "End-to-end learning for music audio tagging at scale",
ISMIR 2018; J. Pons, X. Serra: "musicnn: pre-trained convolutional neural networks for music audio tagging", ISMIR 2019
late-breaking session. Filters as tall as an instrument's spectrum ("timbral") and as long as a rhythm ("temporal") look
at a mel spectrogram; three layers with residuals, pooling over time and two dense layers follow.
"""

from collections.abc import Mapping  # no postponed annotations in this file: TorchScript reads the attributes'
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn
from torch.nn import functional

SAMPLE_RATE = 16000
FRAMES = 187
"""Frames that the network was trained on at once, 3 s."""

_VARIANCE_FLOOR = 1e-3
"""TensorFlow's own, for batch normalisation."""

Tensors = Mapping[str, NDArray[np.float32]]


class LogMel(nn.Module):
    """The spectrogram that the network was trained on: 96 mel bands, 62.5 times a second.

    Power of a Hann window of 512 samples, centred on multiples of 256; bands of equal area up to 8 kHz on the scale of
    M. Slaney's Auditory Toolbox (1998); log10(1 + 10000 power).
    """

    window: torch.Tensor
    bands: torch.Tensor

    def __init__(self) -> None:
        super().__init__()
        self.size, self.hop = 512, 256
        self.register_buffer("window", torch.hann_window(self.size))
        self.register_buffer("bands", slaney_bands(96, self.size, SAMPLE_RATE))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Map mono sound at 16 kHz, ``(samples,)``, to ``(1 + samples // 256, 96)``; around it is silence."""
        return self.compressed(self.power(x))

    def power(self, x: torch.Tensor) -> torch.Tensor:
        """Map mono sound as :meth:`forward` does, to the power in each band."""
        padded = functional.pad(x, (self.size // 2, self.size))
        frames = padded.unfold(0, self.size, self.hop)[: 1 + x.shape[0] // self.hop]
        parts: list[torch.Tensor] = []
        for start in range(0, frames.shape[0], 1024):  # in blocks: complex spectra of a minute would be large
            spectra = torch.fft.rfft(frames[start : start + 1024] * self.window)
            parts.append(spectra.abs().square() @ self.bands)
        return torch.cat(parts)

    def compressed(self, power: torch.Tensor) -> torch.Tensor:
        """Map power to what the network hears, in which silence is 0."""
        return torch.log10(1.0 + 10000.0 * power)


def slaney_bands(count: int, size: int, rate: int) -> torch.Tensor:
    """Return triangles on Slaney's mel scale, each of area 1 over Hz: ``(size // 2 + 1, count)``.

    Args:
        count: how many, from 0 Hz to half the rate.
        size: of the Fourier transform, in samples.
        rate: in Hz.
    """
    # 200/3 Hz a mel up to 1 kHz, above that 27 mels for every factor of 6.4.
    steepness = np.log(6.4) / 27.0
    top = 15.0 + np.log(rate / 2 / 1000.0) / steepness
    mels = np.linspace(0.0, top, count + 2)
    edges = np.where(mels < 15.0, mels * 200.0 / 3.0, 1000.0 * np.exp(steepness * (mels - 15.0)))
    bins = np.arange(size // 2 + 1)[:, None] * rate / size
    rising = (bins - edges[:-2]) / (edges[1:-1] - edges[:-2])
    falling = (edges[2:] - bins) / (edges[2:] - edges[1:-1])
    weights = np.clip(np.minimum(rising, falling), 0.0, None) * 2.0 / (edges[2:] - edges[:-2])
    return torch.from_numpy(weights.astype(np.float32))


class _Scale(nn.Module):
    """Batch normalisation as it is once trained: a factor and an offset for each channel of ``(n, channels, …)``."""

    factor: torch.Tensor
    offset: torch.Tensor

    def __init__(self, tensors: Tensors, name: str, dimensions: int) -> None:
        super().__init__()
        gamma, beta, mean, variance = (
            tensors[f"{name}/{part}"].astype(np.float64) for part in ("gamma", "beta", "moving_mean", "moving_variance")
        )
        factor = gamma / np.sqrt(variance + _VARIANCE_FLOOR)
        shape = (-1,) + (1,) * (dimensions - 2)
        self.register_buffer("factor", _tensor(factor).reshape(shape))
        self.register_buffer("offset", _tensor(beta - mean * factor).reshape(shape))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        scaled: torch.Tensor = x * self.factor + self.offset
        return scaled


class _Filters(nn.Module):
    """Convolution over time and frequency, ``(n, 1, frames, bands)`` to ``(n, filters, frames)``: the loudest band."""

    weight: torch.Tensor
    bias: torch.Tensor

    def __init__(self, tensors: Tensors, name: str, scale: str) -> None:
        super().__init__()
        kernel = tensors[f"{name}/kernel"]
        # An even filter has TensorFlow's padding: the odd frame behind.
        self.before, self.after = (kernel.shape[0] - 1) // 2, kernel.shape[0] // 2
        self.register_buffer("weight", _tensor(kernel.transpose(3, 2, 0, 1)))
        self.register_buffer("bias", _tensor(tensors[f"{name}/bias"]))
        self.scale = _Scale(tensors, scale, 3)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        padded = functional.pad(x, (0, 0, self.before, self.after))
        least, most = functional.conv2d(padded, self.weight, self.bias).aminmax(dim=3)
        # The loudest is wanted of what comes after this: the same band, or the softest where the factor turns it round.
        loudest: torch.Tensor = self.scale(torch.where(self.scale.factor > 0, most, least).relu())
        return loudest


class _Layer(nn.Module):
    """Convolution over time, ``(n, channels, frames)`` to ``(n, 64, frames)``."""

    weight: torch.Tensor
    bias: torch.Tensor

    def __init__(self, tensors: Tensors, name: str, scale: str) -> None:
        super().__init__()
        self.register_buffer("weight", _tensor(tensors[f"{name}/kernel"][:, :, 0].transpose(2, 1, 0)))
        self.register_buffer("bias", _tensor(tensors[f"{name}/bias"]))
        self.scale = _Scale(tensors, scale, 3)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        found: torch.Tensor = self.scale(functional.conv1d(functional.pad(x, (3, 3)), self.weight, self.bias).relu())
        return found


class Musicnn(nn.Module):
    """Patches of a log-mel spectrogram to the probabilities of 50 tags.

    Args:
        tensors: of the authors' checkpoint, by their names in TensorFlow.

    Raises:
        KeyError: one is missing.
    """

    def __init__(self, tensors: Tensors) -> None:
        super().__init__()
        names = ["conv2d", *(f"conv2d_{n}" for n in range(1, 8))]
        self.heard = _Scale(tensors, "batch_normalization", 4)
        self.filters = nn.ModuleList([_Filters(tensors, names[n], f"batch_normalization_{n + 1}") for n in range(5)])
        self.layers = nn.ModuleList([_Layer(tensors, names[n], f"batch_normalization_{n + 1}") for n in range(5, 8)])
        self.pooled = _Scale(tensors, "batch_normalization_9", 2)
        self.dense = _dense(tensors, "dense")
        self.narrow = _Scale(tensors, "batch_normalization_10", 2)
        self.tags = _dense(tensors, "dense_1")

    def forward(self, patches: torch.Tensor) -> torch.Tensor:
        """Map ``(patches, frames, 96)``, at best of 187 frames, to probabilities 0 to 1, ``(patches, 50)``."""
        heard = self.heard(patches.unsqueeze(1))
        front = torch.cat([filters(heard) for filters in self.filters], 1)
        found = [front]
        for layer in self.layers:
            found.append(layer(found[-1]) + found[-1] if len(found) > 1 else layer(front))
        features = torch.cat(found, 1)
        # The greatest and the mean of each feature stand side by side.
        pooled = torch.stack([features.amax(2), features.mean(2)], 2).flatten(1)
        hidden = self.narrow(self.dense(self.pooled(pooled)).relu())
        probabilities: torch.Tensor = self.tags(hidden).sigmoid()
        return probabilities


def _dense(tensors: Tensors, name: str) -> nn.Linear:
    kernel = tensors[f"{name}/kernel"]
    layer = nn.Linear(*kernel.shape)
    layer.weight = nn.Parameter(_tensor(kernel.T), requires_grad=False)
    layer.bias = nn.Parameter(_tensor(tensors[f"{name}/bias"]), requires_grad=False)
    return layer


def _tensor(values: NDArray[np.floating[Any]]) -> torch.Tensor:
    return torch.from_numpy(np.ascontiguousarray(values, dtype=np.float32))
