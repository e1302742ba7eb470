"""Beats and downbeats against those that were played; the first five seconds do not count (mir_eval's custom)."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.accuracy.comparing import OURS, Case, Method, Report, Scores, compare
from benchmarks.accuracy.peers import aubio, essentia, librosa, madmom
from benchmarks.accuracy.pieces import second_set
from benchmarks.accuracy.tasks.setting import Setting, cases
from benchmarks.accuracy.truth import Times

_NEAR = 0.05
"""Share of the true tempo by which a tempo that is right may differ from it."""


def beats(setting: Setting) -> Report:
    """Compare trackers of beats."""
    ours = Method(OURS, "", lambda: _labelled(setting, ("beat", "downbeat")))
    peers = (librosa.BEATS, aubio.BEATS, essentia.BEATS, madmom.BEATS)
    methods = setting.methods(ours, peers)
    report = compare("Beats", cases(setting.pieces()), methods, _score, "F")
    if not setting.quick:
        report.add(compare("Beats, second set", cases(second_set(setting.home)), methods, _score, "F"))
    return report


def downbeats(setting: Setting) -> Report:
    """Compare trackers of downbeats."""
    ours = Method(OURS, "", lambda: _labelled(setting, ("downbeat",)))
    return compare("Downbeats", cases(setting.pieces()), setting.methods(ours, (madmom.DOWNBEATS,)), _downbeats, "F")


def _labelled(setting: Setting, names: tuple[str, ...]) -> Callable[[Path], Times]:
    run = setting.bundled.labels("onsets-beats")
    return lambda wav: np.unique([label.t for label in run(wav) if label.label in names])


def _score(case: Case, found: Any) -> Scores:
    import mir_eval

    true = mir_eval.beat.trim_beats(case.truth.beats)
    own = mir_eval.beat.trim_beats(np.asarray(found, dtype=float))
    enough = len(own) > 1
    _, correct, _, any_level = mir_eval.beat.continuity(true, own) if enough else (0.0, 0.0, 0.0, 0.0)
    tempo = 60.0 / float(np.median(np.diff(own))) if enough else 0.0
    right = abs(tempo - case.truth.tempo) <= _NEAR * case.truth.tempo
    return {
        "F": float(mir_eval.beat.f_measure(true, own)) if len(own) else 0.0,
        "CMLt": float(correct),
        "AMLt": float(any_level),
        "tempo right": float(right),
        "F with a changing tempo": float(mir_eval.beat.f_measure(true, own)) if len(own) else 0.0,
        "no beats at all": float(not len(own)),
    } | ({} if "changing tempo" in case.truth.tags else {"F with a changing tempo": np.nan})


def _downbeats(case: Case, found: Any) -> Scores:
    import mir_eval

    true = mir_eval.beat.trim_beats(case.truth.downbeats)
    own = mir_eval.beat.trim_beats(np.asarray(found, dtype=float))
    return {"F": float(mir_eval.beat.f_measure(true, own)) if len(own) else 0.0}
