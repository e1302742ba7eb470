"""Beats and downbeats against those that were played; the first five seconds do not count (mir_eval's custom)."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.accuracy.comparing import OURS, Case, Method, Report, Scores, compare
from benchmarks.accuracy.peers import aubio, essentia, librosa, madmom
from benchmarks.accuracy.pieces import second_set, third_set
from benchmarks.accuracy.tasks.setting import Setting, cases
from benchmarks.accuracy.truth import Times

_NEAR = 0.05
"""Share of the true tempo by which a tempo that is right may differ from it."""


def beats(setting: Setting) -> Report:
    """Compare trackers of beats."""
    ours = Method(OURS, "", lambda: _labelled(setting, ("beat", "downbeat")))
    peers = (librosa.BEATS, aubio.BEATS, essentia.BEATS, madmom.BEATS)
    methods = setting.methods(ours, peers)
    report = compare("Beats", cases(setting.pieces()), methods, score_beats, "F")
    if not setting.quick:
        report.add(compare("Beats, second set", cases(second_set(setting.home)), methods, score_beats, "F"))
        report.add(compare("Beats, third set", cases(third_set(setting.home)), methods, score_beats, "F"))
    return report


def downbeats(setting: Setting) -> Report:
    """Compare trackers of downbeats."""
    ours = Method(OURS, "", lambda: _labelled(setting, ("downbeat",)))
    methods = setting.methods(ours, (madmom.DOWNBEATS,))
    report = compare("Downbeats", cases(setting.pieces()), methods, _downbeats, "F")
    if not setting.quick:
        report.add(compare("Downbeats, third set", cases(third_set(setting.home)), methods, _downbeats, "F"))
    return report


def _labelled(setting: Setting, names: tuple[str, ...]) -> Callable[[Path], Times]:
    run = setting.bundled.labels("onsets-beats")
    return lambda wav: np.unique([label.t for label in run(wav) if label.label in names])


def score_beats(case: Case, found: Any) -> Scores:
    """Score beats, in seconds, against a :class:`benchmarks.accuracy.truth.Truth`."""
    import mir_eval

    true = mir_eval.beat.trim_beats(case.truth.beats)
    own = mir_eval.beat.trim_beats(np.asarray(found, dtype=float))
    enough = len(own) > 1
    _, correct, _, any_level = mir_eval.beat.continuity(true, own) if enough else (0.0, 0.0, 0.0, 0.0)
    tempo = 60.0 / float(np.median(np.diff(own))) if enough else 0.0
    wanted = 60.0 / float(np.median(np.diff(true)))  # of the beats that count: in the first 5 s it may be another
    right = abs(tempo - wanted) <= _NEAR * wanted
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
