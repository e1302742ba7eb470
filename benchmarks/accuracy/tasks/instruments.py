"""Instruments against those that play: each alone, as a musician's track is."""

from __future__ import annotations

from typing import Any

from benchmarks.accuracy.comparing import OURS, Case, Method, Report, Scores, compare
from benchmarks.accuracy.tasks.setting import Setting

_FAMILY = {
    "piano": "piano/keyboard",
    "nylon guitar": "guitar",
    "steel guitar": "guitar",
    "distorted guitar": "guitar",
    "violin": "strings (all)",
    "violin legato": "strings (all)",
    "cello": "strings (all)",
    "sung vowel": "vocals (all)",
    "flute": "flute",
    "square lead": "synth",
    "saw lead": "synth",
}
"""The family that each melody's instrument belongs to; what the network knows no word for is left out."""


def instruments(setting: Setting) -> Report:
    """Count the time in which the right family is named; no package with such a network runs beside this server."""
    known = {piece.name.removeprefix("solo "): piece for piece in setting.melodies()}
    cases = [Case(name, known[name].wav, (known[name], family)) for name, family in _FAMILY.items() if name in known]
    labels = Method(OURS, "", lambda: setting.bundled.labels("instruments"))
    return compare("Instruments alone", cases, [labels], _score, "time named rightly")


def _score(case: Case, found: Any) -> Scores:
    played, family = case.truth
    notes = played.truth.notes
    whole = notes[-1].end - notes[0].start
    right = sum(label.duration for label in found if label.label == family)
    wrong = sum(label.duration for label in found if label.label != family)
    return {"time named rightly": min(right / whole, 1.0), "other families at once": wrong / whole}
