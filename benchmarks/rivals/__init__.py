"""The same work (a sound file read and written with soundfile) behind the frameworks that Harpist is compared with."""

from __future__ import annotations

import tempfile
from pathlib import Path

import soundfile


def work(source: str | Path, target: Path) -> Path:
    """Read a sound file whole and write it again."""
    samples, rate = soundfile.read(source, dtype="float32", always_2d=True)
    soundfile.write(target, samples, rate, subtype=soundfile.info(source).subtype)
    return target


def new_file() -> Path:
    """Return the path of a new file."""
    return Path(tempfile.mkdtemp(prefix="harpist-rival-")) / "result.wav"
