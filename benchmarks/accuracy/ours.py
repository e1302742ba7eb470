"""The bundled models as a worker holds them: exported, opened from their files, run on a file with one torch thread."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import soundfile
from numpy.typing import NDArray

from benchmarks.servers import ROOT
from benchmarks.unwatched import Unwatched

Samples = NDArray[np.float64]


_SERVERS = ("channels", "above")
"""Choices that the server offers for any model."""


class Bundled:
    """The bundled models below a home folder; exported there where they are missing or stale."""

    def __init__(self, home: Path) -> None:
        """Raises subprocess.CalledProcessError where the export fails."""
        self._folder = home / "bundled"
        command = [sys.executable, "-m", "endpoints.bundled", "--out", str(self._folder)]
        subprocess.run(command, cwd=ROOT, check=True, stdout=sys.stderr)

    def has(self, name: str) -> bool:
        """Tell whether there is a model of this name, as in ``harpist/<name>``."""
        return (self._folder / "harpist" / name / "model.pt").is_file()

    def other_choices(self, name: str) -> list[tuple[str, object]]:
        """Return name and value of each choice that a model's own controls offer beside their defaults."""
        from app.audacitorch.inference.model_endpoint import ModelEndpoint
        from app.harp.controls import Dropdown

        folder = self._folder / "harpist" / name
        inputs = ModelEndpoint(f"harpist/{name}", str(folder), str(folder / "profile.json")).inputs
        own = [item for item in inputs if isinstance(item, Dropdown) and item.name not in _SERVERS]
        return [(item.name, choice) for item in own for choice in item.choices if choice != item.value]

    def labels(self, name: str, controls: Mapping[str, object] | None = None) -> Callable[[Path], list[Any]]:
        """Return what labels a file with a model; controls that are not given have their defaults."""
        from app.audacitorch.labeler import AudacitorchLabeler

        process = self._opened(AudacitorchLabeler, name, controls)
        return lambda wav: list(process(wav)[-1].labels)  # one of notes gives a MIDI file before them

    def sound(self, name: str, controls: Mapping[str, object] | None = None) -> Callable[[Path], list[Samples]]:
        """Return what sends a file through a model: samples ``(channels, samples)`` of each output."""
        from app.audacitorch.effect import AudacitorchEffect

        process = self._opened(AudacitorchEffect, name, controls, read=True)
        return lambda wav: [samples.T for samples in process(wav)]

    def _opened(
        self, kind: Any, name: str, controls: Mapping[str, object] | None, *, read: bool = False
    ) -> Callable[[Path], list[Any]]:
        import torch

        from app.endpoint import Region, TrackFile

        torch.set_num_threads(1)
        folder = self._folder / "harpist" / name
        endpoint = kind(f"harpist/{name}", str(folder), str(folder / "profile.json"))
        endpoint.setup("cpu")
        defaults = {item.name: item.value for item in endpoint.inputs if hasattr(item, "value")}
        settings = {**defaults, **(controls or {})}

        def process(wav: Path) -> list[Any]:
            with tempfile.TemporaryDirectory() as scratch:
                outputs = endpoint.process(Region((TrackFile(wav, wav.name),), Path(scratch)), settings, Unwatched())
                if not read:
                    return list(outputs)
                return [soundfile.read(output.path, always_2d=True)[0] for output in outputs if hasattr(output, "path")]

        return process
