"""Chords and keys against those that were written."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.accuracy.chord_names import NamedChord
from benchmarks.accuracy.comparing import OURS, Case, Method, Report, Scores, compare
from benchmarks.accuracy.peers import essentia, madmom
from benchmarks.accuracy.tasks.setting import Setting, cases

Span = tuple[float, float, str]

_KEY = re.compile(r"(?:key[: ]*)?([A-G][#b♯♭]?) ?(major|minor|maj|min|m)?\b.*", re.IGNORECASE)


def chords(setting: Setting) -> Report:
    """Compare recognisers of chords: the share of the time at which major and minor, and the root, are right."""
    ours = Method(OURS, "", lambda: _labelled(setting))
    methods = setting.methods(ours, (essentia.CHORDS, madmom.CHORDS))
    return compare("Chords", cases(setting.pieces()), methods, _score, "majmin")


def keys(setting: Setting) -> Report:
    """Compare what names the key of a whole piece: the share that is right, and mir_eval's weighted score."""
    ours = Method(OURS, "", lambda: _key(setting))
    return compare("Key", cases(setting.pieces()), setting.methods(ours, (essentia.KEY, madmom.KEY)), _key_score, "key")


def _labelled(setting: Setting) -> Callable[[Path], list[Span]]:
    run = setting.bundled.labels("chords")
    return lambda wav: [(label.t, label.t + (label.duration or 0.0), label.label) for label in run(wav)]


def _key(setting: Setting) -> Callable[[Path], str]:
    """Return what names the key that a model labels for most of a piece; ``""`` where it labels none."""
    run = setting.bundled.labels("key")

    def longest(wav: Path) -> str:
        seconds: dict[str, float] = {}
        for label in run(wav):
            if name := key_name(label.label):
                seconds[name] = seconds.get(name, 0.0) + (label.duration or 0.0)
        return max(seconds, key=lambda name: seconds[name], default="")

    return longest


def key_name(text: str) -> str:
    """Return a key as mir_eval reads it, or ``""`` where a text names none.

    >>> key_name("F# minor"), key_name("Bbm"), key_name("C"), key_name("120 BPM")
    ('F# minor', 'Bb minor', 'C major', '')
    """
    found = _KEY.fullmatch(text)
    if found is None:
        return ""
    mode = "minor" if (found[2] or "") == "m" or (found[2] or "").lower().startswith("min") else "major"
    return f"{found[1].replace('♯', '#').replace('♭', 'b')} {mode}"


def harte(name: str) -> str:
    """Return a chord's name as mir_eval reads it; one that is no chord is ``N``.

    >>> harte("C#m"), harte("G:maj"), harte("N"), harte("Bb7")
    ('C#:min', 'G:maj', 'N', 'Bb:7')
    """
    if ":" in name:
        return name
    try:
        return NamedChord.read(name.replace("♯", "#").replace("♭", "b")).label
    except ValueError:
        return "N"


def _score(case: Case, found: Any) -> Scores:
    import mir_eval

    true = case.truth.chords
    intervals, labels = _filled([(start, end, harte(name)) for start, end, name in found], true[0].start, true[-1].end)
    wanted = np.array([(chord.start, chord.end) for chord in true])
    merged, ours_at, truth_at = mir_eval.util.merge_labeled_intervals(
        intervals, labels, wanted, [chord.label for chord in true]
    )
    durations = mir_eval.util.intervals_to_durations(merged)

    def share(compare: Callable[[Any, Any], Any]) -> float:
        return float(mir_eval.chord.weighted_accuracy(compare(truth_at, ours_at), durations))

    return {
        "majmin": share(mir_eval.chord.majmin),
        "root": share(mir_eval.chord.root),
        "sevenths": share(mir_eval.chord.sevenths),
        "changes / true changes": len(labels) / len(true),
        "no chord": float(sum(end - start for (start, end), name in zip(intervals, labels) if name == "N"))
        / (true[-1].end - true[0].start),
    }


def _filled(spans: list[Span], start: float, end: float) -> tuple[Any, list[str]]:
    """Return intervals and labels from ``start`` to ``end`` without gaps or overlaps: what nobody labelled is ``N``."""
    filled: list[Span] = []
    now = start
    for begun, ended, name in sorted(spans):
        first, last = max(begun, now), min(ended, end)
        if last <= first:
            continue
        if first > now:
            filled.append((now, first, "N"))
        filled.append((first, last, name))
        now = last
    if now < end:
        filled.append((now, end, "N"))
    joined: list[Span] = []
    for first, last, name in filled:
        if joined and joined[-1][2] == name:
            joined[-1] = (joined[-1][0], last, name)
        else:
            joined.append((first, last, name))
    return np.array([(first, last) for first, last, _ in joined]), [name for _, _, name in joined]


def _key_score(case: Case, found: Any) -> Scores:
    import mir_eval

    score = float(mir_eval.key.weighted_score(case.truth.key, found)) if found else 0.0
    return {"key": score, "exactly right": float(score == 1.0)}
