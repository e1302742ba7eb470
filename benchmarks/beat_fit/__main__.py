"""Play the songs and clicks, fit, and print the numbers as they stand in ``endpoints/bundled/beat_evidence.py``."""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

import numpy as np
import torch

from benchmarks.beat_fit.fit import fit
from benchmarks.beat_fit.grids import Piece, listened
from benchmarks.beat_fit.metronomes import clicks
from benchmarks.beat_fit.playing import songs, sound
from benchmarks.beat_fit.start import odds
from benchmarks.beat_fit.variants import COUNT, recorded, variant

_RAREST = 0.8
"""With more, a metronome at 60 is taken for one at 120 with every second beat silent."""


def recordings() -> list[Piece]:
    """Return the strokes of all songs in all variants."""
    pieces = []
    with tempfile.TemporaryDirectory() as folder:
        for song in sorted(songs(), key=lambda song: str(song["name"])):
            for which in range(COUNT):
                played = variant(song, which)
                samples, beats = sound(played, Path(folder))
                pieces.append(listened(recorded(samples, played), beats, played))
    return pieces


def main() -> None:
    """Run it: FluidSynth's 15 minutes, and three for the fit, on one core."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.beat_fit", description=__doc__)
    parser.add_argument("--steps", type=int, default=300, help="of the fit")
    steps = parser.parse_args().steps
    torch.set_num_threads(1)  # more may add up in another order
    pieces = recordings()
    metronomes = [listened(samples.astype(np.float32), beats, {"name": name}) for name, samples, beats in clicks()]
    found = fit([*pieces, *metronomes], *odds([p for p in pieces if p.beats[:, 1].max() != 5]), steps)
    for row in found.odds:
        print("    (" + ", ".join(f"{value:.2f}" for value in row) + "),")
    print(f"MOST_USUAL_TEMPO = {found.usual_tempo:.1f}")
    print(f"RARITY = {min(found.rarity, _RAREST):.2f}")
    print(f"BEAT_COST = {found.beat_cost:.2f}")
    print(f"NOT_FOUR = {found.not_four:.2f}")


if __name__ == "__main__":
    main()
