"""The endpoints in Python, run in this process on one file, with their own settings."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Mapping
from importlib import import_module
from pathlib import Path
from typing import Any

from benchmarks.unwatched import Unwatched


def opened(factory: str, controls: Mapping[str, object] | None = None) -> Callable[[Path, Path], list[Any]]:
    """Return what sends a file through an endpoint, with the folder for its results.

    Args:
        factory: ``module:class``.
        controls: values other than the defaults, by name.
    """
    module, _, name = factory.partition(":")
    run = opened_as(getattr(import_module(module), name)())
    return lambda file, folder: run(file, folder, dict(controls or {}))


def opened_as(endpoint: Any) -> Callable[[Path, Path, Mapping[str, object]], list[Any]]:
    """Return what sends a file through an endpoint, with the folder for its results and values by name."""
    import torch

    from app.endpoint import Region, TrackFile

    torch.set_num_threads(1)
    endpoint.setup("cpu")
    first = {item.name: item.value for item in endpoint.inputs if hasattr(item, "value")}

    def run(file: Path, folder: Path, controls: Mapping[str, object]) -> list[Any]:
        region = Region((TrackFile(file, file.name),), folder)
        return list(endpoint.process(region, {**first, **controls}, Unwatched()))

    return run


def transcriber() -> Callable[[Path], list[tuple[float, float, float]]]:
    """Return what turns a sound file into notes by ``harpist/audio-to-midi``: start, end (s), MIDI number."""
    from app.midi.notes import read_notes
    from app.midi.reading import read_midi

    run = opened("endpoints.audio_to_midi.transcription:AudioToMidi")

    def notes(wav: Path) -> list[tuple[float, float, float]]:
        with tempfile.TemporaryDirectory() as scratch:
            midi = read_midi(run(wav, Path(scratch))[0].path)
        return [(note.start, note.end, float(note.pitch)) for note in read_notes(midi)]

    return notes
