"""Harmonic and percussive parts against the drums and the rest, each played alone."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import soundfile
from numpy.typing import NDArray

from benchmarks.accuracy.comparing import OURS, Case, Method, Report, Scores, compare
from benchmarks.accuracy.peers import librosa
from benchmarks.accuracy.tasks.setting import Setting

Samples = NDArray[np.float64]


def harmonic_percussive(setting: Setting) -> Report:
    """Compare what parts drums from the rest, in the pieces that have drums."""
    played = [piece for piece in setting.pieces(stems=True) if piece.stems]
    cases = [Case(piece.name, piece.wav, piece.stems) for piece in played]
    ours = Method(OURS, "", lambda: _sent(setting))
    untouched = Method("(untouched)", "", lambda: lambda wav: [soundfile.read(wav)[0].T] * 2)
    methods = setting.methods(ours, (untouched, librosa.HPSS))
    return compare("Harmonic / percussive", cases, methods, _score, "mean SDR")


def _sent(setting: Setting) -> Callable[[Path], list[Samples]]:
    return setting.bundled.sound("harmonic-percussive")


def _score(case: Case, found: Any) -> Scores:
    rest, drums = (
        decibels(soundfile.read(case.truth[name])[0].T, part) for name, part in zip(("rest", "drums"), found)
    )
    return {"SDR harmonic": rest, "SDR percussive": drums, "mean SDR": (rest + drums) / 2}


def decibels(true: Samples, found: Samples) -> float:
    """Return the signal-to-distortion ratio in dB: a part's power over that of what differs from it.

    Args:
        true: the part as it was played, shape ``(channels, samples)``.
        found: what was found of it, likewise.
    """
    length = min(true.shape[1], found.shape[1])
    rest = np.sum((true[:, :length] - found[:, :length]) ** 2)
    return float(10.0 * np.log10(np.sum(true**2) / max(float(rest), 1e-12)))
