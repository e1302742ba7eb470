"""An endpoint that takes music apart, driven as a worker drives it, and the package's own result."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import soundfile
from numpy.typing import NDArray

from app.endpoint import Region, TrackFile
from endpoints.stems.separation import Separation
from endpoints.stems.versions import ROFORMER_FAMILY, Version
from tests.endpoints.stems import tiny, tiny_roformer

Sound = NDArray[np.floating[Any]]


class Job:
    """Takes progress, which only grows, and can end the job."""

    def __init__(self, until: float = 2.0, error: Exception | None = None) -> None:
        self.fractions = [0.0]
        self.until = until
        self.error = error

    def report(self, fraction: float, said: str = "") -> None:
        assert self.fractions[-1] <= fraction <= 1.0
        self.fractions.append(fraction)
        if fraction >= self.until and self.error is not None:
            raise self.error


def save_tiny(version: Version, path: Path, seed: int) -> None:
    """Write a tiny network of a version's family."""
    if version.family == ROFORMER_FAMILY:
        tiny_roformer.save(path, seed, len(version.sources))
    else:
        tiny.save(path, seed, version.sources)


def weights(folder: Path, *versions: Version) -> dict[str, Path]:
    """Write tiny networks under the names of the published ones; returns a folder by repository."""
    made = {}
    for number, version in enumerate(versions):
        made[version.weights.repo] = place = folder / version.weights.repo
        place.mkdir(parents=True)
        for seed, file in enumerate(version.weights.files):
            save_tiny(version, place / file, 10 * number + seed)
    return made


def endpoint(kind: type[Separation], at: dict[str, Path]) -> Separation:
    """Return an endpoint that is set up, as a worker does it."""
    made = kind()
    vars(made)["weights"] = at
    made.setup("cpu")
    return made


def run(
    made: Separation,
    sound: Sound,
    folder: Path,
    rate: int = 44100,
    subtype: str = "FLOAT",
    job: Job | None = None,
    **controls: Any,
) -> tuple[list[Sound], list[Any], Job]:
    """Process ``sound (channels, samples)``; returns the stems as floats of 64 bits, the outputs, and the job."""
    folder.mkdir(parents=True, exist_ok=True)
    source = folder / "mix.wav"
    soundfile.write(source, sound.T, rate, subtype)
    values = {item.name: item.value for item in made.inputs if hasattr(item, "name")} | controls
    job = job or Job()
    outputs = made.process(Region((TrackFile(source, "mix.wav"),), folder), values, job)
    return [soundfile.read(output.path, always_2d=True)[0].T for output in outputs], list(outputs), job


def bag(at: dict[str, Path], version: Version) -> Any:
    """The package's own model of a version's files."""
    from demucs.apply import BagOfModels
    from demucs.hf import load_safetensors_model

    models = [load_safetensors_model(at[version.weights.repo] / file) for file in version.weights.files]
    identity = [[float(row == column) for column in range(len(models))] for row in range(len(models))]
    return BagOfModels(models, identity if len(models) > 1 else None)


def by_the_package(model: Any, sound: Sound, **how: Any) -> dict[str, Sound]:
    """What the package makes of ``sound (2, samples)`` at 44.1 kHz, as its own Separator goes about it."""
    import torch
    from demucs.apply import apply_model

    mix = torch.from_numpy(np.asarray(sound, np.float32))
    level = mix.mean(0)
    even = (mix - level.mean()) / (level.std() + 1e-8)
    with torch.no_grad():
        stems = apply_model(model, even[None], **how)[0] * (level.std() + 1e-8) + level.mean()
    return dict(zip(model.sources, stems.numpy()))


def parity(found: Sound, wanted: Sound) -> float:
    """By how many dB a sound is above its difference from another."""
    difference = np.square(np.asarray(found, np.float64) - wanted).sum()
    return float(10 * np.log10(np.square(np.asarray(wanted, np.float64)).sum() / max(difference, 1e-300)))


def music(seconds: float, channels: int = 2, rate: int = 44100) -> Sound:
    """Noise with strokes, and a constant below it, so that its mean counts too."""
    draw = np.random.default_rng(5)
    time = np.arange(round(seconds * rate)) / rate
    noise = draw.standard_normal((channels, len(time))) * (0.2 + np.exp(-6 * (time % 0.3)))
    return (0.1 * noise + 0.02).astype(np.float32)
