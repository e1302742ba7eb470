"""An exported model's example: a short sound, what the model makes of it, and a picture of both."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any, Union

import numpy as np
import torch
from numpy.typing import NDArray

from app.audacitorch.authoring.model_card import picture
from app.audacitorch.effect import AudacitorchEffect
from app.audacitorch.labeler import AudacitorchLabeler
from app.audacitorch.profile import ModelProfile, write_profile
from app.audacitorch.trial.timed_run import made_up_sound
from app.audio.formats import AudioFormat
from app.audio.io import open_reader, open_writer
from app.audio.peaks import write_preview
from app.endpoint import FileOutput, Region, TrackFile
from app.errors import AudioFileError
from app.harp.controls import CONTROLS
from app.harp.labels import LabelList

Example = Union[str, Path, tuple[Any, int], None]
"""A sound file; or samples ``(channels, samples)``, an array or tensor, and their rate in Hz; or neither."""

_SECONDS = 4.0


def write_example(example: Example, path: Path, rate: int, channels: int) -> None:
    """Write the example as a 16-bit WAV; noise and tones where there is none.

    Args:
        example: as the author gave it.
        path: where to.
        rate: the model's sample rate, in Hz.
        channels: how many the model takes.

    Raises:
        AudioFileError: it is no readable sound.
    """
    if isinstance(example, (str, Path)):
        samples, rate = _read(Path(example).expanduser())
    elif example is None:
        samples = made_up_sound(channels, round(_SECONDS * rate), rate, 0)
        samples *= np.float32(0.5 / max(1e-6, float(np.abs(samples).max())))
    else:
        samples, rate = _given(example)
    if samples.ndim != 2 or not samples.size or samples.shape[0] > samples.shape[1] or not np.isfinite(samples).all():
        raise AudioFileError("The example is no sound; finite samples (channels, samples) and their rate are expected.")
    fmt = AudioFormat(rate, samples.shape[0], samples.shape[1], "WAV", "PCM_16")
    with open_writer(path, fmt) as writer:
        writer.write(samples)


def _read(path: Path) -> tuple[NDArray[np.float32], int]:
    if not path.is_file():
        raise AudioFileError(f"There is no file “{path.name}” to take as the example.")
    blocks = []
    with open_reader(path) as reader:
        while (block := reader.read()).shape[1]:
            blocks.append(block.astype(np.float32))
        return np.concatenate(blocks, axis=1), reader.format.sample_rate


def _given(example: tuple[Any, int]) -> tuple[NDArray[np.float32], int]:
    if not isinstance(example, tuple) or len(example) != 2:
        raise AudioFileError("The example is no pair; samples (channels, samples) and their rate in Hz are expected.")
    given, rate = example
    samples = np.atleast_2d(given.detach().cpu().numpy() if isinstance(given, torch.Tensor) else np.asarray(given))
    if not np.issubdtype(samples.dtype, np.floating):
        raise AudioFileError(f"The example is of {samples.dtype}; floating-point samples from -1 to 1 are expected.")
    return samples.astype(np.float32), int(rate)


class _Quiet:
    def report(self, fraction: float, said: str = "") -> None:
        """Tell nobody."""


def run_example(folder: Path, profile: ModelProfile) -> list[tuple[str, str]]:
    """Run the model in ``folder`` on its ``example.wav``; write the results and the picture beside it.

    Returns:
        ``(label, file name)`` of each result.

    Raises:
        ModelRunError: the model failed.
    """
    with tempfile.TemporaryDirectory(dir=folder) as work:
        kept = Path(work) / "profile.json"
        write_profile(kept, profile, folder)
        kind = AudacitorchLabeler if profile.labels else AudacitorchEffect
        endpoint = kind("author/model", str(folder), str(kept))
        endpoint.setup("cpu")
        tracks = (TrackFile(folder / "example.wav", "example.wav"), *[None] * (len(endpoint.inputs)))
        controls = {item.name: item.value for item in endpoint.inputs if isinstance(item, CONTROLS)}
        outputs = endpoint.process(Region(tracks, Path(work)), controls, _Quiet())
        results: list[tuple[str, str]] = []
        spans: list[tuple[float, float]] = []
        for number, output in enumerate(outputs, start=1):
            if isinstance(output, FileOutput):
                name = f"example-out-{number}.wav"
                output.path.replace(folder / name)
                results.append((output.label, name))
            elif isinstance(output, LabelList):
                ends = [(label.t, label.t + (label.duration or 0.0), label.label) for label in output.labels]
                lines = [f"{start:.6f}\t{end:.6f}\t{text}\n" for start, end, text in ends]
                (folder / "example-labels.txt").write_text("".join(lines), encoding="utf-8")
                results.append(("labels", "example-labels.txt"))
                spans = [(start, end) for start, end, _ in ends]
        _draw(folder, Path(work), results, spans)
    return results


def _draw(folder: Path, work: Path, results: list[tuple[str, str]], spans: list[tuple[float, float]]) -> None:
    sounds = [("in", "example.wav"), *(result for result in results if result[1].endswith(".wav"))]
    outlines = []
    seconds = 1.0
    for label, name in sounds:
        peaks, _ = write_preview(folder / name, work / "preview.wav")
        seconds = peaks.seconds
        outlines.append((label, peaks.minimum, peaks.maximum))
    shares = [(start / seconds, end / seconds) for start, end in spans]
    (folder / "example.svg").write_text(picture(outlines, shares), encoding="utf-8")
