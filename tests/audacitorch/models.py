"""Small models, the folders that they are saved in, and the regions that they get."""

from __future__ import annotations

import json
import warnings
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import soundfile
import torch
from torch import nn

from app.audacitorch import WaveformToLabelsBase, WaveformToWaveformBase
from app.endpoint import Region, TrackFile

RATE = 8000

EFFECT = {
    "sample_rate": RATE,
    "domain_tags": ["music"],
    "short_description": "A short description.",
    "long_description": "A long description.",
    "tags": ["test"],
    "labels": ["Result"],
    "effect_type": "waveform-to-waveform",
    "multichannel": False,
}
LABELER = {**EFFECT, "effect_type": "waveform-to-labels", "labels": ["low", "middle", "high"]}


def save(
    module: nn.Module | torch.jit.ScriptModule, metadata: Mapping[str, object] | str, folder: Path, readme: str = ""
) -> Path:
    """Write a model's folder with whatever metadata, as strangers do."""
    folder.mkdir(parents=True, exist_ok=True)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # TorchScript is deprecated, and is the format
        scripted = module if isinstance(module, torch.jit.ScriptModule) else torch.jit.script(module.eval())
        torch.jit.save(scripted, str(folder / "model.pt"))
    text = metadata if isinstance(metadata, str) else json.dumps(metadata)
    (folder / "metadata.json").write_text(text, encoding="utf-8")
    if readme:
        (folder / "README.md").write_text(readme, encoding="utf-8")
    return folder


def region(folder: Path, samples: np.ndarray, rate: int = RATE, name: str = "take 1.wav", **kind: str) -> Region:
    """A region of the samples ``(channels, samples)``, written as a 32-bit float WAV unless told otherwise."""
    path = folder / f"upload-{name}"
    soundfile.write(path, samples.T, rate, **(kind or {"subtype": "FLOAT"}))
    out = folder / f"job-{name}"
    out.mkdir()
    return Region((TrackFile(path, name),), out)


def read(path: Path) -> np.ndarray:
    """The samples of a file, ``(channels, samples)``."""
    return soundfile.read(path, always_2d=True, dtype="float32")[0].T


def noise(channels: int, samples: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).uniform(-0.5, 0.5, (channels, samples)).astype(np.float32)


class Watch:
    """A job's progress, as the endpoint reports it; raises at the given call."""

    def __init__(self, stop: Exception | None = None, at: int = 1) -> None:
        self.fractions: list[float] = []
        self._stop, self._at = stop, at

    def report(self, fraction: float) -> None:
        self.fractions.append(fraction)
        if self._stop is not None and len(self.fractions) >= self._at:
            raise self._stop


class Gain(WaveformToWaveformBase):
    """Every channel times a factor, for as many rows."""

    def __init__(self, factor: float = 0.5) -> None:
        super().__init__(nn.Identity())
        self.factor = factor

    def do_forward_pass(self, x: torch.Tensor) -> torch.Tensor:
        return x * self.factor


class Rows(WaveformToWaveformBase):
    """The mono mix of the input times 1, 2, 3 …, a row each."""

    def __init__(self, rows: int) -> None:
        super().__init__(nn.Identity())
        self.rows = rows

    def do_forward_pass(self, x: torch.Tensor) -> torch.Tensor:
        factors = torch.arange(1, self.rows + 1, dtype=x.dtype, device=x.device)
        return factors[:, None] * x.mean(dim=0, keepdim=True)


class MidSide(WaveformToWaveformBase):
    """Two stereo stems of a stereo input: what both sides share, and the rest. Refuses mono."""

    def do_forward_pass(self, x: torch.Tensor) -> torch.Tensor:
        assert x.shape[0] == 2, "this model wants two channels"
        middle = x.mean(dim=0, keepdim=True)
        return torch.cat([middle, middle, x - middle])


class Longer(WaveformToWaveformBase):
    """The input and ``extra`` samples more (or less)."""

    def __init__(self, extra: int) -> None:
        super().__init__(nn.Identity())
        self.extra = extra

    def do_forward_pass(self, x: torch.Tensor) -> torch.Tensor:
        return nn.functional.pad(x, [0, self.extra])


class Plain(nn.Module):
    """A model that is built on no base class and returns what its subclass says."""

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x


class Failing(WaveformToWaveformBase):
    def do_forward_pass(self, x: torch.Tensor) -> torch.Tensor:
        assert x.abs().max() < 0.9, "louder than this model bears, see /srv/models/secret.py"
        return x


class Bands(WaveformToLabelsBase):
    """The loudest of three bands of the level, per tenth of a second; class probabilities unless told otherwise."""

    def __init__(self, probabilities: bool = True, frame: int = RATE // 10) -> None:
        super().__init__(nn.Identity())
        self.probabilities = probabilities
        self.frame = frame

    def do_forward_pass(self, x: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        frames = x.shape[1] // self.frame
        level = x[0, : frames * self.frame].reshape(frames, self.frame).abs().mean(dim=1)
        low = torch.clamp(1.0 - 2.0 * level, 0.0, 1.0)
        high = torch.clamp(2.0 * level - 1.0, 0.0, 1.0)
        scores = torch.stack([low, 1.0 - low - high, high], dim=1)
        starts = torch.arange(frames, device=x.device) * (self.frame / 8000.0)
        times = torch.stack([starts, starts + self.frame / 8000.0], dim=1)
        return (scores if self.probabilities else scores.argmax(dim=1)), times


class Pulses(WaveformToLabelsBase):
    """A label of class 0 for every stretch of samples above a half; none for silence."""

    def do_forward_pass(self, x: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        loud = torch.nn.functional.pad((x[0] > 0.5).to(torch.int64), [1, 1])
        edges = loud[1:] - loud[:-1]
        starts = torch.nonzero(edges == 1)[:, 0]
        ends = torch.nonzero(edges == -1)[:, 0]
        return torch.zeros_like(starts), torch.stack([starts, ends], dim=1) / 8000.0
