"""Sound to measure with: notes over noise, the same at every run, in passages of different loudness."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import soundfile
from numpy.typing import NDArray

RATE = 44_100


def music(seconds: float, rate: int = RATE, channels: int = 2, seed: int = 0) -> NDArray[np.float32]:
    """Return ``(channels, samples)``: two notes a second that die away, a little apart in the channels, over noise."""
    generator = np.random.default_rng(seed)
    samples = round(seconds * rate)
    result = 0.01 * generator.standard_normal((channels, samples), dtype=np.float32)
    for start in range(0, samples, rate // 2):
        length = min(rate, samples - start)
        times = np.arange(length, dtype=np.float32) / rate
        note = 0.25 * np.exp(-4 * times) * np.sin(2 * np.pi * 110 * 2 ** (generator.integers(0, 36) / 12) * times)
        result[:, start : start + length] += generator.uniform(0.3, 1.0, (channels, 1)).astype(np.float32) * note
    return result.astype(np.float32)


def file_of(home: Path, seconds: float, rate: int = RATE, channels: int = 2, subtype: str = "PCM_16") -> Path:
    """Return a WAV of that length, in passages of ten seconds, written unless it is there; above 4 GB, an RF64."""
    path = home / "sounds" / f"{seconds:g}s-{rate}-{channels}-{subtype}-passages.wav"
    if not path.is_file():
        path.parent.mkdir(parents=True, exist_ok=True)
        part = path.with_suffix(".part")
        pieces = [music(min(10.0, seconds), rate, channels, seed) for seed in range(3)]
        left = round(seconds * rate)
        form = "RF64" if left * channels * 4 >= 2**32 else "WAV"
        with soundfile.SoundFile(part, "w", rate, channels, subtype, format=form) as file:
            number = 0
            while left > 0:
                loudness = np.float32(np.random.default_rng(number).uniform(0.1, 1.0))
                piece: NDArray[Any] = loudness * pieces[number % 3][:, :left]
                file.write(piece.T)
                left -= piece.shape[1]
                number += 1
        part.replace(path)
    return path
