"""What every task is given."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.accuracy.comparing import Case, Method
from benchmarks.accuracy.melodies import melodies
from benchmarks.accuracy.ours import Bundled
from benchmarks.accuracy.pieces import pieces
from benchmarks.accuracy.truth import Piece

_QUICK = 10.0
"""Seconds of a piece that only shows that it works."""


@dataclass(frozen=True)
class Setting:
    """What every task is given.

    Attributes:
        home: the benchmarks' home folder.
        bundled: our models.
        quick: only one or two short cases, and no peers.
    """

    home: Path
    bundled: Bundled
    quick: bool

    def methods(self, ours: Method, peers: Sequence[Method]) -> list[Method]:
        """Return ours, and the peers if they are wanted."""
        return [ours] if self.quick else [ours, *peers]

    def pieces(self, *, stems: bool = False) -> list[Piece]:
        """Return the pieces to measure with."""
        if self.quick:
            return pieces(self.home, ("country",), stems=stems, seconds=_QUICK)
        return pieces(self.home, stems=stems)

    def melodies(self) -> list[Piece]:
        """Return the melodies to measure with."""
        return melodies(self.home, ("marimba",), seconds=_QUICK) if self.quick else melodies(self.home)


def cases(played: Sequence[Piece]) -> list[Case]:
    """Return pieces as cases."""
    return [Case(piece.name.removeprefix("solo "), piece.wav, piece.truth) for piece in played]
