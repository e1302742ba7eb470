"""``import symusic`` where that package is missing: scores as far as apps change and write them, in ticks."""

from __future__ import annotations

from app.pyharp_apps.stand_ins.score import Score
from app.pyharp_apps.stand_ins.score_parts import (
    ControlChange,
    KeySignature,
    Note,
    PitchBend,
    Tempo,
    TextMeta,
    TimeSignature,
    Track,
)

__all__ = [
    "ControlChange",
    "KeySignature",
    "Note",
    "PitchBend",
    "Score",
    "Tempo",
    "TextMeta",
    "TimeSignature",
    "Track",
]


def __getattr__(name: str) -> object:
    if name.startswith("__"):
        raise AttributeError(name)
    raise AttributeError(f"symusic.{name} is not in Harpist’s stand-in, which has Score and its parts: install symusic")
