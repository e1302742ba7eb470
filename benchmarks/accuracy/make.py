"""Write all sound into the benchmarks' home folder and say where it lies: ``python -m benchmarks.accuracy.make``."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from benchmarks.accuracy.melodies import melodies
from benchmarks.accuracy.mixes import SNRS, mixed
from benchmarks.accuracy.noises import noises
from benchmarks.accuracy.pieces import pieces
from benchmarks.accuracy.programs import MissingProgramError
from benchmarks.accuracy.recorded_voices import recorded_voices
from benchmarks.accuracy.voices import voices
from benchmarks.table import HOME


def main() -> int:
    """Run the command; 1 where a program is missing."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.accuracy.make", description=__doc__)
    parser.add_argument("--home", type=Path, default=HOME, help="the folder to write into")
    home: Path = parser.parse_args().home
    try:
        for piece in (*pieces(home), *melodies(home)):
            truth = piece.truth
            print(
                f"{piece.wav}  {piece.name}: {truth.tempo:.0f} bpm, {truth.key}, {len(truth.beats)} beats, "
                f"{len(truth.chords)} chords, {len(truth.onsets)} onsets, {len(truth.notes)} notes"
            )
        for noise in noises(home):
            print(f"{noise.wav}  {noise.name}")
        for voice in (*voices(home), *recorded_voices(home)):
            print(f"{voice.wav}  {voice.name}: {sum(end - start for start, end in voice.spoken):.1f} s of speech")
            for noise in noises(home):
                for snr in SNRS:
                    mix = mixed(voice, noise, snr, home)
                    print(f"{mix.wav}  {mix.name}")
    except MissingProgramError as error:
        print(error.message, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
