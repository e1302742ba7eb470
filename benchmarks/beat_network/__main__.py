"""Play the songs, train on four of five, write the weights, and print how well the others' beats are found."""

from __future__ import annotations

import argparse
import hashlib
from pathlib import Path

import numpy as np
import torch

from benchmarks.beat_network.listening import metronomes, recordings
from benchmarks.beat_network.training import trained_on
from benchmarks.beat_network.validation import validated
from benchmarks.beat_network.without_beat import without_beat
from endpoints.bundled.beat_network import WEIGHTS


def main() -> None:
    """Run it: on one idle core some 17 minutes of FluidSynth, four of training and two of validation."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.beat_network", description=__doc__)
    parser.add_argument("--steps", type=int, default=1200, help="of the training")
    parser.add_argument("--out", type=Path, default=WEIGHTS, help="where the weights go (.npz)")
    options = parser.parse_args()
    torch.set_num_threads(1)  # more may add up in another order
    music, held_music = recordings()
    others, held_others = without_beat()
    network = trained_on(music, others, metronomes(), options.steps)
    weights = {name: value.numpy().astype(np.float16) for name, value in network.state_dict().items()}
    np.savez(options.out, **weights)
    print(f"SHA-256 {hashlib.sha256(options.out.read_bytes()).hexdigest()}", flush=True)
    network.load_state_dict({name: torch.from_numpy(value.astype(np.float32)) for name, value in weights.items()})
    print(validated(network, held_music, held_others))


if __name__ == "__main__":
    main()
