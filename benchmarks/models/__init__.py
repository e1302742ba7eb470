"""The models that are measured: of standard sizes, with random weights, exported as any author exports one."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class BenchmarkModel:
    """A model to measure.

    Attributes:
        name: of its folder; the server calls it ``local/<name>``.
        title: what the tables call it.
        rate: its sample rate, in Hz.
        stereo: whether it takes both channels at once.
        labels: one per output track.
        build: returns the module; random weights are drawn by then.
    """

    name: str
    title: str
    rate: int
    stereo: bool
    labels: tuple[str, ...]
    build: Callable[[], Any]

    @property
    def id(self) -> str:
        """The endpoint that a server makes of its folder."""
        return f"local/{self.name}"

    @property
    def controls(self) -> tuple[object, ...]:
        """What a client sends after the region: the defaults."""
        return (*(() if self.stereo else ("Keep stereo",)), *((100,) if len(self.labels) == 1 else ()))

    def export(self, home: Path) -> Path:
        """Write the model's folder under ``home`` unless it lies there, and return it."""
        import torch

        from app.audacitorch import export_model

        folder = home / "models" / self.name
        if not (folder / "model.pt").is_file():
            with torch.random.fork_rng():
                torch.manual_seed(0)
                export_model(self.build(), self._metadata(), folder)
        return folder

    def _metadata(self) -> Mapping[str, object]:
        return {
            "sample_rate": self.rate,
            "domain_tags": ["music"],
            "short_description": self.title,
            "long_description": f"{self.title}, with random weights, for measuring.",
            "tags": ["benchmark"],
            "labels": list(self.labels),
            "effect_type": "waveform-to-waveform",
            "multichannel": self.stereo,
            "name": self.title,
            "author": "Harpist",
        }


def _conv_tasnet() -> Any:
    from benchmarks.models.conv_tasnet import ConvTasNet, Separation

    return Separation(ConvTasNet())


def _small_conv_tasnet() -> Any:
    from benchmarks.models.conv_tasnet import ConvTasNet, Separation

    return Separation(ConvTasNet(filters=32, bottleneck=16, hidden=32, blocks=3, repeats=1))


def _recurrent() -> Any:
    from benchmarks.models.recurrent_mask import RecurrentMask, SpectralEffect

    return SpectralEffect(RecurrentMask())


def _identity() -> Any:
    from benchmarks.models.simple import Identity, SimpleEffect

    return SimpleEffect(Identity())


def _filter() -> Any:
    from benchmarks.models.simple import LongFilter, SimpleEffect

    return SimpleEffect(LongFilter())


def _normaliser() -> Any:
    from benchmarks.models.simple import PeakNormaliser, SimpleEffect

    return SimpleEffect(PeakNormaliser())


CONV_TASNET = BenchmarkModel("conv-tasnet", "Conv-TasNet, 8 kHz", 8_000, False, ("One", "Two"), _conv_tasnet)
SMALL_CONV_TASNET = BenchmarkModel(
    "small-conv-tasnet", "tiny Conv-TasNet, 8 kHz", 8_000, False, ("One", "Two"), _small_conv_tasnet
)
RECURRENT = BenchmarkModel("recurrent-mask", "recurrent mask, 44.1 kHz", 44_100, True, ("Masked",), _recurrent)
IDENTITY = BenchmarkModel("identity", "identity, 44.1 kHz", 44_100, True, ("Same",), _identity)
FILTER = BenchmarkModel("long-filter", "filter of 0.4 s, 16 kHz", 16_000, False, ("Filtered",), _filter)
NORMALISER = BenchmarkModel("peak-normaliser", "peak normaliser, 16 kHz", 16_000, False, ("Loud",), _normaliser)
