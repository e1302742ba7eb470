"""Twenty melodies, each on one instrument: repeated notes, legato, soft attacks, short notes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.accuracy.pieces import piece
from benchmarks.accuracy.score import Part, Song
from benchmarks.accuracy.tempo import steady
from benchmarks.accuracy.truth import Piece
from benchmarks.table import HOME

_PLAIN = ("m---m-m-m---m-m-", "m-m-m-m-m-------")
_REPEATS = ("m-r-r-m-m-r-m---", "m---r-r-m-r-m-..")
_FAST = ("mrmmm-m-mmrrm---", "m-mmm-r-m-m-m-..")
_SLOW = ("m-------m---m---", "m---r---m-------")
_BROKEN = ("m-m...m-r-..m---", "..m-m-m-..m-r-..")


@dataclass(frozen=True)
class _Way:
    """How an instrument plays: General MIDI's program, its lowest note, lines of steps, gate, tempo, vibrato, key."""

    program: int
    low: int
    lines: tuple[str, ...]
    gate: float = 0.9
    bpm: float = 100.0
    modulation: int = 0
    key: str = "C major"


_WAYS = {
    "piano": _Way(0, 60, _PLAIN, bpm=110),
    "vibraphone": _Way(11, 60, _BROKEN, key="F major"),
    "marimba": _Way(12, 55, _FAST, bpm=96, key="G major"),
    "harmonica": _Way(22, 64, _REPEATS, modulation=30, key="G major"),
    "nylon guitar": _Way(24, 52, _PLAIN, bpm=104, key="E minor"),
    "steel guitar": _Way(25, 52, _REPEATS, bpm=120, key="D major"),
    "distorted guitar": _Way(30, 52, _REPEATS, bpm=116, key="A minor"),
    "electric bass": _Way(33, 31, _REPEATS, bpm=108, key="A minor"),
    "violin": _Way(40, 60, _REPEATS, bpm=92, modulation=50, key="D major"),
    "violin legato": _Way(40, 62, _PLAIN, gate=1.02, bpm=84, modulation=40, key="A minor"),
    "cello": _Way(42, 38, _SLOW, gate=1.0, bpm=96, modulation=50, key="G minor"),
    "sung vowel": _Way(53, 58, _BROKEN, bpm=84, modulation=40, key="Bb major"),
    "trumpet": _Way(56, 60, _FAST, bpm=92, key="Bb major"),
    "trombone": _Way(57, 46, _SLOW, bpm=112, key="F major"),
    "alto sax": _Way(65, 56, _BROKEN, bpm=104, modulation=30, key="Eb major"),
    "oboe": _Way(68, 62, _REPEATS, gate=0.95, bpm=88, modulation=20, key="C minor"),
    "clarinet": _Way(71, 55, _PLAIN, gate=1.0, bpm=116, key="F major"),
    "flute": _Way(73, 67, _FAST, bpm=80, modulation=30, key="D major"),
    "square lead": _Way(80, 60, _FAST, gate=0.7, bpm=110, key="E minor"),
    "saw lead": _Way(81, 55, _REPEATS, gate=0.85, bpm=128, key="F minor"),
}


def melodies(home: Path = HOME, names: Sequence[str] | None = None, *, seconds: float = 20.0) -> list[Piece]:
    """Return the melodies, all or those named, as pieces of one part; of about ``seconds`` each;
    kept below ``home``.

    Raises:
        MissingProgramError: FluidSynth or a sound font is missing.
    """
    return [piece(_song(name, way, seconds), home) for name, way in _WAYS.items() if names is None or name in names]


def _song(name: str, way: _Way, seconds: float) -> Song:
    tonic, mode = way.key.split()
    chords = f"{tonic}m" if mode == "minor" else tonic
    part = Part(way.program, way.lines, way.low, volume=110, gate=way.gate, modulation=way.modulation)
    return Song(f"solo {name}", steady(way.bpm), way.key, chords, {"melody": part}, jitter=0.008, seconds=seconds)
