"""Twenty pieces of about half a minute each, of many kinds, played by FluidSynth from songs written down as data."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from benchmarks.accuracy import songs_of_other_kinds, songs_of_the_second_set, songs_of_the_third_set, songs_with_a_beat
from benchmarks.accuracy.midi_file import DRUMS, Track, midi_file
from benchmarks.accuracy.programs import played
from benchmarks.accuracy.score import Song, performed
from benchmarks.accuracy.truth import Piece, Truth
from benchmarks.table import HOME

SONGS: tuple[Song, ...] = (*songs_with_a_beat.SONGS, *songs_of_other_kinds.SONGS)
"""All pieces as they are written down."""

_RINGS = 1.5
"""Seconds that a piece goes on after its last beat."""


def pieces(
    home: Path = HOME, names: Sequence[str] | None = None, *, stems: bool = False, seconds: float = 30.0
) -> list[Piece]:
    """Return the pieces, all or those named; what has been rendered once is kept below ``home``.

    Args:
        home: the benchmarks' home folder.
        names: of the pieces, or ``None`` for all 20.
        stems: also render ``drums`` and ``rest`` by themselves, of the pieces with drums.
        seconds: about how long each lasts.

    Raises:
        MissingProgramError: FluidSynth or a sound font is missing.
    """
    wanted = [song for song in SONGS if names is None or song.name in names]
    return [piece(replace(song, seconds=seconds), home, stems=stems) for song in wanted]


def second_set(home: Path) -> list[Piece]:
    """Return ten more pieces, for the beats, as :func:`pieces` does."""
    return [piece(song, home) for song in songs_of_the_second_set.SONGS]


def third_set(home: Path) -> list[Piece]:
    """Return another ten, for beats and downbeats, as :func:`pieces` does."""
    return [piece(song, home) for song in songs_of_the_third_set.SONGS]


def piece(song: Song, home: Path, *, stems: bool = False) -> Piece:
    """Return one song, played."""
    truth = performed(song)
    wanted = {"drums": ["drums"], "rest": list(song.parts)} if stems and song.drums else {}
    made = {name: _played(home, song, truth, parts) for name, parts in wanted.items()}
    return Piece(song.name, _played(home, song, truth, list(truth.parts)), truth, made)


def _played(home: Path, song: Song, truth: Truth, names: Sequence[str]) -> Path:
    tracks = []
    for name in names:
        if name == "drums":
            tracks.append(Track(DRUMS, 0, truth.parts[name]))
            continue
        part, channel = song.parts[name], list(song.parts).index(name)
        tracks.append(Track(channel, part.program, truth.parts[name], part.volume, part.pan, part.modulation))
    seconds = truth.chords[-1].end + _RINGS
    return played(home, midi_file(tracks, seconds), seconds)
