"""Bundled effects as a server meets them, exported and loaded again; and the measures of what they do."""

from __future__ import annotations

import tempfile
from pathlib import Path

import numpy as np
import torch

from app.audacitorch.authoring.model_folder import export_model
from app.audacitorch.loading import load_model
from endpoints.bundled import load


class Effect:
    """One bundled effect, as a module and behind its archive."""

    def __init__(self, name: str) -> None:
        self.source = load(name)
        self.metadata = self.source.metadata
        self.rate = int(self.metadata["sample_rate"])
        self.channels = 2 if self.metadata["multichannel"] else 1
        self.rows = len(self.metadata["labels"]) * self.channels
        self.example = as_tensor(self.source.example()[0])
        self.eager = self.source.build().eval()
        with tempfile.TemporaryDirectory() as folder:
            self.model = load_model(export_model(self.eager, self.metadata, Path(folder) / "model"), "cpu")

    def run(self, x: torch.Tensor) -> torch.Tensor:
        """Rows `(rows, samples)` for `(channels, samples)`; what every effect owes is asserted."""
        before = x.clone()
        with torch.inference_mode():
            # Fewer samples than rows are refused by the format's own check; the method itself must not mind.
            y = self.model(x) if x.shape[1] > self.rows else self.model.model(x)
        assert torch.equal(x, before)
        assert y.dtype == torch.float32
        assert y.shape == (self.rows, x.shape[1])
        assert torch.isfinite(y).all()
        return y


def as_tensor(sound: np.ndarray) -> torch.Tensor:
    return torch.from_numpy(np.atleast_2d(sound).astype(np.float32))


def decibels(ratio: torch.Tensor) -> float:
    return float(10 * torch.log10(ratio))


def sdr(wanted: torch.Tensor, found: torch.Tensor) -> float:
    """Signal-to-distortion ratio in dB: how far what was found is from what was wanted."""
    return decibels(wanted.square().sum() / (wanted - found).square().sum())


def level(x: torch.Tensor) -> float:
    """Mean power in dB."""
    return decibels(x.square().mean() + 1e-30)
