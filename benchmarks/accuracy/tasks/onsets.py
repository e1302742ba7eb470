"""Onsets against the notes that were played, and onsets that are found in noise alone."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.accuracy.comparing import OURS, Case, Method, Report, Scores, compare
from benchmarks.accuracy.noises import SECONDS, noises
from benchmarks.accuracy.peers import aubio, essentia, librosa, madmom
from benchmarks.accuracy.tasks.setting import Setting, cases
from benchmarks.accuracy.truth import Times

_STEADY = ("hiss", "fan and hum")
"""Noises in which nothing begins."""


def onsets(setting: Setting) -> Report:
    """Compare detectors of onsets."""
    music = cases(setting.pieces())
    silent = [] if setting.quick else [Case(noise.name, noise.wav, None) for noise in noises(setting.home, _STEADY)]
    ours = Method(OURS, "", lambda: _labelled(setting))
    peers = (librosa.ONSETS, librosa.SUPER_FLUX, aubio.ONSETS, essentia.ONSETS, madmom.ONSETS)
    return compare("Onsets", [*music, *silent], setting.methods(ours, peers), _score, "F at 50 ms")


def _labelled(setting: Setting) -> Callable[[Path], Times]:
    run = setting.bundled.labels("onsets-beats")
    return lambda wav: np.unique([label.t for label in run(wav) if label.label == "onset"])


def _score(case: Case, found: Any) -> Scores:
    import mir_eval

    own = np.asarray(found, dtype=float)
    names = ("F at 50 ms", "precision", "recall", "F at 25 ms", "F at 50 ms without soft starts")
    if case.truth is None:
        return {**dict.fromkeys(names, np.nan), "a second in steady noise": len(own) / SECONDS}
    true = case.truth.onsets
    f, precision, recall = mir_eval.onset.f_measure(true, own, window=0.05) if len(own) else (0.0, 0.0, 0.0)
    narrow = mir_eval.onset.f_measure(true, own, window=0.025)[0] if len(own) else 0.0
    clear = np.nan if "soft" in case.truth.tags else float(f)
    return {**dict(zip(names, map(float, (f, precision, recall, narrow, clear)))), "a second in steady noise": np.nan}
