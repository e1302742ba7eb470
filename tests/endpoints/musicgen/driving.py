"""The endpoint with tiny networks of every kind in this process, and what it is told."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import numpy as np
import soundfile

from app.endpoint import FileOutput, Region, TrackFile
from app.harp.controls import CONTROLS
from endpoints.musicgen.controls import inputs_for
from endpoints.musicgen.endpoint import MusicGen
from tests.endpoints.musicgen import tiny_networks as tiny
from tests.endpoints.watched import Watched


class Every(MusicGen):
    """One that offers a network of each kind."""

    published = tiny.EVERY
    inputs = inputs_for(tiny.EVERY)


def opened(folder: Path) -> Every:
    """Return the endpoint, set up with tiny weights."""
    made = Every()
    vars(made)["weights"] = tiny.save(folder)
    made.setup("cpu")
    return made


def music(path: Path, seconds: float, rate: int = 44100, channels: int = 2, subtype: str = "PCM_24") -> Any:
    """Write music whose channels differ; returns it, ``(samples, channels)``."""
    mono = tiny.tone(seconds, rate).numpy().astype(np.float64)
    sound = np.stack([mono * (1 - 0.2 * channel) for channel in range(channels)], axis=1)
    soundfile.write(path, sound, rate, subtype)
    return soundfile.read(path, always_2d=True)[0]


def run(
    made: MusicGen, folder: Path, track: Path | None = None, melody: Path | None = None, job: Any = None, **values: Any
) -> FileOutput:
    """Return what comes of a job."""
    asked = {one.name: one.value for one in made.inputs if isinstance(one, CONTROLS)} | {"seed": 5.0} | values
    out = folder / f"out-{time.monotonic_ns()}"
    out.mkdir()
    tracks = tuple(path and TrackFile(path, path.name) for path in (track, melody))
    [output] = made.process(Region(tracks, out), asked, job or Watched())
    assert isinstance(output, FileOutput)
    return output


def read(output: FileOutput) -> Any:
    """Return its sound, ``(samples, channels)``."""
    return soundfile.read(output.path, always_2d=True)[0]
