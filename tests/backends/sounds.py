"""Sound files, and what is known of them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import soundfile

from app.audio.formats import AudioFormat


def region(samples: int = 1000, **rest: object) -> AudioFormat:
    """Return the format of a 16-bit stereo WAV at 44.1 kHz, or what is told instead."""
    given = {"sample_rate": 44100, "channels": 2, "container": "WAV", "subtype": "PCM_16", **rest}
    return AudioFormat(samples=samples, **given)  # type: ignore[arg-type]


def write(path: Path, fmt: AudioFormat) -> Path:
    """Write noise in a format."""
    noise = np.random.default_rng(0).uniform(-0.5, 0.5, (fmt.samples, fmt.channels))
    soundfile.write(path, noise, fmt.sample_rate, format=fmt.container, subtype=fmt.subtype)
    return path
