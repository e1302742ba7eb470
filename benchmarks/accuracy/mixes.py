"""A voice in a noise, at a ratio that is known."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import soundfile
from numpy.typing import NDArray

from benchmarks.accuracy.noises import Noise
from benchmarks.accuracy.programs import RATE, kept
from benchmarks.accuracy.voices import Voice
from benchmarks.table import HOME

SNRS = (15.0, 5.0, 0.0)
"""How far speech stands above noise, in dB."""

Samples = NDArray[np.float64]


@dataclass(frozen=True)
class Mix:
    """A voice in a noise.

    Attributes:
        voice: who speaks, and when.
        noise: its name.
        snr: the speech's mean power while somebody speaks, above the noise's mean power, in dB.
        wav: the mix, mono, 44.1 kHz, 24 bit.
        clean: the voice alone, at the level that it has in the mix.
    """

    voice: Voice
    noise: str
    snr: float
    wav: Path
    clean: Path

    @property
    def name(self) -> str:
        """Who, in what, at which ratio."""
        return f"{self.voice.name}, {self.noise}, {self.snr:g} dB"


def mixed(voice: Voice, noise: Noise, snr: float, home: Path = HOME) -> Mix:
    """Mix a voice with as much of a noise as it lasts; a noise that is shorter repeats. Kept below ``home``."""
    recipe = ["2", voice.wav.stem, noise.wav.stem, str(snr)]

    def make(path: Path) -> None:
        speech, around = parts()
        soundfile.write(path, speech + around, RATE, subtype="PCM_24")

    def make_clean(path: Path) -> None:
        soundfile.write(path, parts()[0], RATE, subtype="PCM_24")

    def parts() -> tuple[Samples, Samples]:
        speech, around = soundfile.read(voice.wav)[0], soundfile.read(noise.wav)[0]
        around = np.tile(around, len(speech) // len(around) + 1)[: len(speech)]
        spoken = np.concatenate([speech[round(start * RATE) : round(end * RATE)] for start, end in voice.spoken])
        around = around * np.sqrt(np.mean(spoken**2) / np.mean(around**2)) * 10 ** (-snr / 20)
        gain = 0.9 / max(float(np.abs(speech + around).max()), 0.9)  # only what would clip becomes softer
        return gain * speech, gain * around

    return Mix(
        voice, noise.name, snr, kept(home, "mixes", ["mix", *recipe], make), kept(home, "mixes", recipe, make_clean)
    )
