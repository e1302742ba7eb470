"""Pieces as the network gets them: strokes, and the beats that are known."""

from __future__ import annotations

import json
import tempfile
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from benchmarks.beat_fit.metronomes import RATE, clicks
from benchmarks.beat_fit.playing import Song, songs, sound
from benchmarks.beat_fit.variants import COUNT, recorded, variant
from endpoints.bundled.beat_activation import BeatActivation

_HELD_OUT = 5
"""One in so many songs, by name, is kept for validation, in all its variants."""

_MORE = Path(__file__).with_name("songs.jsonl")
"""Songs beside those to which the odds are fitted: drums alone, and none."""

_NEVER_LEARNT = Path(__file__).with_name("songs_held_out.jsonl")
"""Harder songs, with many whose beats nothing parts, to choose by how much the network counts beside the odds."""


@dataclass(frozen=True)
class Piece:
    """Strokes of a piece, and its beats.

    Attributes:
        name: of the song.
        found: frames of the strokes (10 ms), shape `(n,)`.
        strokes: as `BeatActivation` returns them, shape `(n, 6)`.
        whole: likewise, shape `(frames,)`.
        beats: seconds and place in the bar, from 1, shape `(m, 2)`; none: there is no rhythm.
        has_bars: whether the places in the bar are meant.
        hard: nobody hears the beat easily.
        variant: which of the song's.
    """

    name: str
    found: NDArray[np.int64]
    strokes: NDArray[np.float32]
    whole: NDArray[np.float32]
    beats: NDArray[np.float64] = field(default_factory=lambda: np.zeros((0, 2)))
    has_bars: bool = True
    hard: bool = False
    variant: int = 0


def listened(name: str, samples: NDArray[np.float64] | NDArray[np.float32], **known: object) -> Piece:
    """Return the strokes of a mono sound at 44.1 kHz."""
    with torch.inference_mode():
        found, strokes, whole = BeatActivation(RATE)(torch.from_numpy(np.asarray(samples, np.float32)))
    return Piece(name, found.numpy(), strokes.numpy(), whole.numpy(), **known)  # type: ignore[arg-type]


def recordings() -> tuple[list[Piece], list[Piece]]:
    """Play all songs in all variants: those to learn from, and those held out."""
    learnt, held = [], []
    with tempfile.TemporaryDirectory() as folder:
        for i, song in enumerate(all_songs()):
            for which in range(COUNT):
                (learnt if i % _HELD_OUT else held).append(_played(song, Path(folder), which))
    return learnt, held


def all_songs() -> list[Song]:
    """Return every song that is played, by name."""
    return sorted([*songs(), *_read(_MORE)], key=lambda song: str(song["name"]))


def _read(path: Path) -> list[Song]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def _played(song: Song, folder: Path, which: int = 0) -> Piece:
    played = variant(song, which)
    samples, beats = sound(played, folder)
    known = {"beats": beats, "hard": bool(song.get("hard")), "variant": which}
    return listened(str(song["name"]), recorded(samples, played), **known)


def never_learnt() -> list[Piece]:
    """Play the songs that neither the network nor the odds have learnt from, as they stand."""
    with tempfile.TemporaryDirectory() as folder:
        return [_played(song, Path(folder)) for song in held_out_songs()]


def held_out_songs() -> list[Song]:
    """Return the songs of :func:`never_learnt`."""
    return _read(_NEVER_LEARNT)


def metronomes() -> list[Piece]:
    """Return metronomes, of which nobody knows the bars."""
    return [listened(name, samples, beats=beats, has_bars=False) for name, samples, beats in clicks()]
