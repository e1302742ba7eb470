"""The endpoint with tiny networks in this process, and what it is told."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import numpy as np
import soundfile

from app.endpoint import FileOutput, LabelList, Region, TrackFile
from app.harp.controls import CONTROLS
from endpoints.vampnet.endpoint import VampNet
from endpoints.vampnet.published import PUBLISHED
from tests.endpoints.vampnet import tiny_networks as tiny
from tests.endpoints.watched import Watched

QUICK = {"rounds": 3, "seed": 5, "variations": 1}


def opened(folder: Path) -> VampNet:
    """Return the endpoint, set up with tiny weights."""
    made, at = VampNet(), {}
    for seed, one in enumerate(PUBLISHED, 1):
        at[one.weights.repo] = folder / str(seed)
        tiny.save(folder / str(seed) / one.folder, seed)
    vars(made)["weights"] = at
    made.setup("cpu")
    return made


def music(path: Path, seconds: float, rate: int = 44100, channels: int = 2) -> Any:
    """Write music whose channels differ; returns it, ``(samples, channels)``."""
    mono = tiny.tone(seconds, rate).numpy().astype(np.float64)
    noise = np.random.default_rng(1).standard_normal((len(mono), channels)) * 0.02
    sound = mono[:, None] + (noise if channels > 1 else 0.0)
    soundfile.write(path, sound, rate, "PCM_24")
    return soundfile.read(path, always_2d=True)[0]


def run(made: VampNet, path: Path, job: Watched | None = None, **values: Any) -> tuple[list[FileOutput], LabelList]:
    """Return the tracks and the labels of a job."""
    asked = {one.name: one.value for one in made.inputs if isinstance(one, CONTROLS)} | QUICK | values
    out = path.parent / f"out-{time.monotonic_ns()}"
    out.mkdir()
    *tracks, labels = made.process(Region((TrackFile(path, path.name),), out), asked, job or Watched())
    assert isinstance(labels, LabelList)
    files = [track for track in tracks if isinstance(track, FileOutput)]
    assert len(files) == len(tracks) == 3
    return files, labels


def read(track: FileOutput) -> Any:
    """Return a track's sound, ``(samples, channels)``."""
    return soundfile.read(track.path, always_2d=True)[0]
