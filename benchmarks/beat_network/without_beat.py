"""Sounds that have no beat: noises, drops and synthetic speech."""

from __future__ import annotations

import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import soundfile
from numpy.typing import NDArray
from scipy.signal import lfilter, resample_poly

from benchmarks.beat_network.listening import RATE, Piece, listened

_TEXTS = (
    "The north wind and the sun were disputing which was the stronger, when a traveller came along wrapped in a warm "
    "cloak. They agreed that the one who first succeeded in making the traveller take his cloak off should be "
    "considered stronger than the other.",
    "Good evening. Today we talk about gardens, and about what to do when it doesn't rain. First of all, look at the "
    "soil. Is it dry? Then wait a little longer, for roots grow deeper where water is scarce. My grandmother used to "
    "say so, and she was seldom wrong about such things.",
    "One, two, three, four, five, six, seven, eight, nine, ten. Eleven! Twelve? Thirteen... and so on, until we have "
    "had enough of it; but who is counting, after all?",
)
_VOICES = ("en-us", "en-gb", "de", "fr", "en+f3", "en+m5")


def without_beat() -> tuple[list[Piece], list[Piece]]:
    """Return those to learn from and those held out: other noises, and another speed of speech."""
    pieces = [listened(name, samples) for name, samples in [*_noises(), *_speech()]]
    return pieces[::2], pieces[1::2]


def _noises() -> Iterator[tuple[str, NDArray[np.float64]]]:
    for seed in range(3):
        rng = np.random.default_rng(seed)
        for seconds in (8, 20, 60):
            size = seconds * RATE
            noise = rng.standard_normal(size)
            yield "white", 0.1 * noise
            yield "brown", 0.03 * lfilter([1], [1, -0.97], noise)
            yield "pink", 0.1 * _pink(rng.standard_normal(size))
            yield "rumble", 1e-3 * np.cumsum(noise - noise.mean())
            moments = np.arange(0, seconds + 1, 0.4)
            gusts = np.exp(0.7 * np.interp(np.arange(size) / RATE, moments, rng.standard_normal(len(moments))))
            yield "wind", 0.05 * gusts * lfilter([1], [1, -0.95], noise)
            for rate in (4, 12, 60):
                drops = np.zeros(size)
                at = rng.integers(0, size, rate * seconds)
                drops[at] = rng.exponential(1, len(at))
                yield f"{rate} drops a second", 0.3 * lfilter([1], [1, -0.9], drops) + 0.001 * noise


def _pink(noise: NDArray[np.float64]) -> NDArray[np.float64]:
    spectrum = np.fft.rfft(noise)
    spectrum[1:] /= np.sqrt(np.arange(1, len(spectrum)))
    spectrum[0] = 0
    pink = np.fft.irfft(spectrum, len(noise))
    return pink / pink.std()


def _speech() -> Iterator[tuple[str, NDArray[np.float64]]]:
    order = [(voice, text, speed) for voice in _VOICES for text in _TEXTS for speed in (130, 170)]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "speech.wav"
        for i, (voice, text, speed) in enumerate(order, 1):
            command = ["espeak-ng", "-v", voice, "-s", str(speed), "-p", str(30 + i * 7 % 50), "-w", str(path), text]
            subprocess.run(command, check=True)
            samples, rate = soundfile.read(path)
            samples = resample_poly(samples, RATE // rate, 1)
            yield f"speech, {voice}", samples + 0.0005 * np.random.default_rng(i).standard_normal(len(samples))
