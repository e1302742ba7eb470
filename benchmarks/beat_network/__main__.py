"""Play the songs, train on four of five, write the weights, and print how well the others' beats are found."""

from __future__ import annotations

import argparse
import hashlib
from pathlib import Path

import numpy as np
import torch

from benchmarks.beat_network.listening import metronomes, never_learnt, recordings
from benchmarks.beat_network.training import trained_on
from benchmarks.beat_network.validation import validated
from benchmarks.beat_network.without_beat import without_beat
from endpoints.bundled.beat_network import WEIGHTS, BeatNetwork, read


def main() -> None:
    """Run it: on one idle core some 20 minutes of FluidSynth, four of training and three of validation."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.beat_network", description=__doc__)
    parser.add_argument("--steps", type=int, default=1200, help="of the training")
    parser.add_argument("--out", type=Path, default=WEIGHTS, help="where the weights go (.npz)")
    parser.add_argument("--validate", action="store_true", help="only tell how good the weights that there are are")
    options = parser.parse_args()
    torch.set_num_threads(1)  # more may add up in another order
    others, held_others = without_beat()
    if not options.validate:
        music, held_music = recordings()
        written(trained_on(music, others, metronomes(), options.steps), options.out)
        print(f"SHA-256 {hashlib.sha256(options.out.read_bytes()).hexdigest()}", flush=True)
        print("Songs of the same kind:", validated(read(options.out), held_music, held_others), flush=True)
    print("Songs never learnt from:", validated(read(options.out), never_learnt(), held_others))


def written(network: BeatNetwork, path: Path) -> None:
    """Write the weights in half precision."""
    np.savez(path, **{name: value.numpy().astype(np.float16) for name, value in network.state_dict().items()})


if __name__ == "__main__":
    main()
