"""What the tests of loudness share: sounds of a known level, and how they are measured."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from app.endpoint import Region, TrackFile
from endpoints.loudness.meter import LoudnessMeter, Measured
from endpoints.loudness.speakers import channel_weights

Sound = NDArray[np.float32]


class Job:
    """Takes progress, which only grows."""

    def __init__(self) -> None:
        self.fractions = [0.0]

    def report(self, fraction: float) -> None:
        assert self.fractions[-1] <= fraction <= 1.0
        self.fractions.append(fraction)


def tone(parts: Sequence[tuple[float, float]], rate: int = 48000, hertz: float = 1000.0) -> Sound:
    """A sine of so many dBFS for so many seconds, one after the other, `(1, samples)`."""
    amplitudes = np.concatenate([np.full(round(seconds * rate), 10 ** (level / 20)) for level, seconds in parts])
    return (amplitudes * np.sin(2 * np.pi * hertz / rate * np.arange(len(amplitudes)))).astype(np.float32)[None]


def measured(sound: Sound, rate: int = 48000, block: int = 65536) -> Measured:
    """What the meter says of a sound `(channels, samples)`."""
    meter = LoudnessMeter(rate, channel_weights(len(sound)) or (1.0,) * len(sound))
    for start in range(0, sound.shape[1], block):
        meter.push(sound[:, start : start + block])
    return meter.finish()


def music(seconds: float, rate: int, channels: int = 2) -> Sound:
    """Noise of the ear's own colour, louder and softer, with strokes."""
    random = np.random.default_rng(3)
    samples = round(seconds * rate)
    spectrum = np.fft.rfft(random.standard_normal((channels, samples)))
    frequencies = np.fft.rfftfreq(samples, 1 / rate)
    noise = np.fft.irfft(spectrum / np.sqrt(np.maximum(frequencies, 20.0)) * (frequencies < 0.4 * rate), samples)
    time = np.arange(samples) / rate
    shape = (0.2 + np.abs(np.sin(time / 2))) * (0.1 + np.exp(-8 * (time % 0.5)))
    sound = noise / noise.std() * shape
    return (0.5 * sound / np.abs(sound).max()).astype(np.float32)


def exact_peak(sound: NDArray[np.floating]) -> float:
    """The true peak in dBTP of a sound with silence around it: 16 points a sample, by its whole spectrum."""
    size = 1 << (sound.shape[1] + 1000).bit_length()
    spectrum = np.fft.rfft(sound.astype(np.float64), size)
    return float(20 * np.log10(np.abs(np.fft.irfft(spectrum, 16 * size)).max() * 16))


def by_ffmpeg(path: Path) -> tuple[float, float, float]:
    """Integrated loudness (LUFS), range (LU) and true peak (dBTP) as ffmpeg's ``ebur128`` has them, to a tenth."""
    command = ["ffmpeg", "-hide_banner", "-nostats", "-i", str(path), "-af", "ebur128=peak=true", "-f", "null", "-"]
    told = subprocess.run(command, capture_output=True, text=True, check=True).stderr
    summary = told[told.rindex("Summary:") :]
    level, span, peak = (
        float(re.search(rf"{name}:\s+(-?[\d.]+)", summary)[1])  # type: ignore[index]
        for name in ("I", "LRA", "Peak")
    )
    return level, span, peak


def region(path: Path, folder: Path) -> Region:
    folder.mkdir(exist_ok=True)
    return Region((TrackFile(path, path.name),), folder)
