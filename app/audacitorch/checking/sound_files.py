"""Findings with sound files as users have them: other rates, other channels, through the whole of the processing."""

from __future__ import annotations

import tempfile
from pathlib import Path

import numpy as np

from app.audacitorch.checking.report import ERROR, Finding, Kind
from app.audacitorch.checking.subject import Samples, Subject
from app.audacitorch.effect import AudacitorchEffect
from app.audacitorch.labeler import AudacitorchLabeler
from app.audacitorch.profile import write_profile
from app.audio.formats import AudioFormat
from app.audio.io import open_writer
from app.endpoint import Outputs, Region, TrackFile
from app.errors import HarpistError
from app.harp.controls import TRACKS

FILE_FAILS = Kind(
    "file-fails",
    ERROR,
    "A user's file has any rate, length and number of channels; this one would fail.",
    "Run the model with the input that is named: its length at the model's rate is unlike that of the other trials.",
)

KINDS = (FILE_FAILS,)

_FILES = ((11025, 2, 3.0), (44056, 1, 0.7), (96000, 3, 0.25), (8000, 1, 1 / 8000))
"""Rates (Hz), channels and lengths (s)."""


class _Silent:
    """Nobody watches."""

    def report(self, fraction: float, said: str = "") -> None:
        """Do nothing."""


def check_sound_files(subject: Subject, scratch: Path) -> list[Finding]:
    """Process small files as a server does; ``scratch`` is a folder for them."""
    with tempfile.TemporaryDirectory(dir=scratch) as folder:
        profile = Path(folder) / "profile.json"
        write_profile(profile, subject.profile, subject.folder)
        kind = AudacitorchLabeler if subject.profile.labels else AudacitorchEffect
        endpoint = kind("author/model", str(subject.folder), str(profile))
        endpoint.setup("cpu")
        for number, (rate, channels, seconds) in enumerate(_FILES):
            out = Path(folder) / str(number)
            out.mkdir()
            samples = max(1, round(rate * seconds))
            name = f"{samples} samples at {rate} Hz, {channels} channel{'s' if channels > 1 else ''}"
            path = out / "sound.wav"
            write_sound(path, subject.sound(samples, number, channels), rate)
            try:
                process_file(endpoint, path, out)
            except HarpistError as error:
                return [FILE_FAILS.found(f"A file of {name} fails: {error.message}")]
    return []


def process_file(endpoint: AudacitorchEffect | AudacitorchLabeler, path: Path, folder: Path) -> Outputs:
    """Process a sound file as a job does, every control as it is at first; outputs go into ``folder``.

    Raises:
        HarpistError: it failed.
    """
    tracks = tuple(TrackFile(path, path.name) for item in endpoint.inputs if isinstance(item, TRACKS))
    controls = {item.name: item.value for item in endpoint.inputs if not isinstance(item, TRACKS)}
    return endpoint.process(Region(tracks, folder), controls, _Silent())


def write_sound(path: Path, samples: Samples, rate: int) -> None:
    """Write ``(channels, n)`` as a WAV file of 32-bit floating point."""
    channels, length = samples.shape
    with open_writer(path, AudioFormat(rate, channels, length, "WAV", "FLOAT")) as writer:
        writer.write(np.clip(samples, -1, 1))
