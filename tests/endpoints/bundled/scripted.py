"""Bundled labelers as a server meets them, exported and loaded again; and their labels, checked and by name."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch

from app.audacitorch.authoring.model_folder import export_model
from app.audacitorch.loading import load_model
from endpoints.bundled import load


class Label(NamedTuple):
    name: str
    start: float
    end: float
    confidence: float


class Labeler:
    """One bundled labeler behind its archive."""

    def __init__(self, name: str) -> None:
        source = load(name)
        self.metadata = source.metadata
        self.rate = int(source.metadata["sample_rate"])
        self.classes = list(source.metadata["labels"])
        self.names_silence = "no speech" in self.classes
        with tempfile.TemporaryDirectory() as folder:
            self.model = load_model(export_model(source.build(), source.metadata, Path(folder) / "model"), "cpu")

    def run(self, sound: np.ndarray, pad: float = 0.0, **controls: object) -> tuple[torch.Tensor, torch.Tensor]:
        """Raw result for a mono sound with `pad` seconds of zeros; what every labeler owes is asserted."""
        x = torch.from_numpy(np.concatenate([sound, np.zeros(int(pad * self.rate))]).astype(np.float32))[None]
        before = x.clone()
        with torch.inference_mode():
            # Below two samples the format's own check refuses; the method itself must not mind.
            labels, seconds = (self.model if x.shape[1] > 1 else self.model.do_forward_pass)(x, **controls)
        assert torch.equal(x, before)
        assert seconds.dtype == torch.float32
        assert seconds.shape == (labels.shape[0], 2)
        assert torch.isfinite(seconds).all()
        assert (seconds[:, 0] >= 0).all()
        assert (seconds[:, 0] < seconds[:, 1]).all()
        labelled = x.shape[1] if self.names_silence else len(sound)
        assert (seconds[:, 1] <= labelled / self.rate + 1e-5).all(), "a label lies beyond the sound"
        assert (seconds[1:, 0] >= seconds[:-1, 0]).all()
        if labels.ndim == 1:
            assert labels.dtype == torch.int64
            assert ((labels >= 0) & (labels < len(self.classes))).all()
        else:
            assert labels.dtype == torch.float32
            assert labels.shape[1] == len(self.classes)
            assert ((labels >= 0) & (labels <= 1)).all()
            assert (labels.sum(1) <= 1.0001).all()
        return labels, seconds

    def labels(self, sound: np.ndarray, pad: float = 0.0, **controls: object) -> list[Label]:
        """The labels of a mono sound, by name."""
        labels, seconds = self.run(sound, pad, **controls)
        if labels.ndim == 1:
            confidences, indices = torch.ones(len(labels)), labels
        else:
            confidences, indices = labels.max(dim=1)
        return [
            Label(self.classes[i], start, end, confidence)
            for i, (start, end), confidence in zip(
                indices.tolist(), seconds.tolist(), confidences.tolist(), strict=True
            )
        ]


def faded(sound: np.ndarray, rate: int, seconds: float = 0.01) -> np.ndarray:
    """Fade in and out, so that nothing clicks."""
    count = int(seconds * rate)
    ramp = np.linspace(0.0, 1.0, count)
    result = sound.copy()
    result[:count] *= ramp
    result[-count:] *= ramp[::-1]
    return result


def sine(hertz: float, seconds: float, rate: int) -> np.ndarray:
    return np.sin(2 * np.pi * hertz * np.arange(int(seconds * rate)) / rate)


def sawtooth(hertz: float, seconds: float, rate: int) -> np.ndarray:
    """Band-limited: nothing is folded back at half the rate.

    Each harmonic comes of the two before it, sin(kx) = 2 cos(x) sin((k - 1)x) - sin((k - 2)x): a fifth of the time.
    """
    angle = 2 * np.pi * hertz * np.arange(int(seconds * rate)) / rate
    double_cosine, before, harmonic = 2 * np.cos(angle), np.zeros_like(angle), np.sin(angle)
    total = harmonic.copy()
    for k in range(2, int(rate / 2 / hertz) + 1):
        before, harmonic = harmonic, double_cosine * harmonic - before
        total += harmonic / k
    return 0.6 * total
