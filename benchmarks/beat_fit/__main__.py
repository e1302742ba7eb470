"""Play the songs and clicks, fit, and print the numbers as they stand in ``endpoints/bundled/beat_evidence.py``."""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

import numpy as np
import torch

from benchmarks.beat_fit.fit import fit
from benchmarks.beat_fit.grids import Piece, listened
from benchmarks.beat_fit.playing import songs, sound
from benchmarks.beat_fit.start import odds
from benchmarks.beat_fit.variants import COUNT, recorded, variant

RATE = 44100
_RAREST = 0.8
"""With more, a metronome at 60 is taken for one at 120 with every second beat silent."""


def clicks(kind: str, bpm: int) -> Piece:
    """Return a metronome's 20 s: one sample, a beep or a burst of noise on each beat."""
    rng, time = np.random.default_rng(0), np.arange(int(0.05 * RATE)) / RATE
    times, sound = np.arange(0.3, 19.5, 60 / bpm), np.zeros(20 * RATE)
    for at in np.round(times * RATE).astype(int):
        if kind == "impulse":
            sound[at] += 0.8
        else:
            tone = np.sin(2 * np.pi * 1000 * time) if kind == "beep" else rng.standard_normal(len(time))
            sound[at : at + len(time)] += 0.5 * np.exp(-80 * time) * tone
    return listened(sound.astype(np.float32), np.stack([times, np.ones(len(times))], 1), {"name": f"{kind} {bpm}"})


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
    metronomes = [clicks(k, bpm) for k in ("impulse", "noise", "beep") for bpm in (76, 105, 135, 155, 170, 192, 205)]
    found = fit([*pieces, *metronomes], *odds([p for p in pieces if p.beats[:, 1].max() != 5]), steps)
    for row in found.odds:
        print("    (" + ", ".join(f"{value:.2f}" for value in row) + "),")
    print(f"MOST_USUAL_TEMPO = {found.usual_tempo:.1f}")
    print(f"RARITY = {min(found.rarity, _RAREST):.2f}")
    print(f"BEAT_COST = {found.beat_cost:.2f}")
    print(f"NOT_FOUR = {found.not_four:.2f}")


if __name__ == "__main__":
    main()
