"""A file through an encoder's effects, in a process of its own: ``python -m benchmarks.one_chain DIR HOW IN OUT``."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import soundfile
import torch

from endpoints.deepafx.applying import HOP, applied
from endpoints.deepafx.chain import Chain
from endpoints.deepafx.encoder import RATE
from endpoints.deepafx.folder import read_result
from endpoints.effects.applying import BLOCK

_FAR = 0.1
"""Of a knob's range, to either side: turned so far every 93 ms, values are held as shortly as they ever are, 3 ms."""


def main(folder: str, how: str, source: str, target: str) -> None:
    """Write ``target``; ``HOW`` is moving or still."""
    torch.set_num_threads(1)
    plan = read_result(Path(folder)).plan
    with soundfile.SoundFile(source) as file:
        rate, channels = file.samplerate, file.channels
        points = 1 + file.frames * RATE // (rate * HOP) if how == "moving" else 1
        curve = plan.defaults + np.random.default_rng(1).uniform(-_FAR, _FAR, (points, len(plan.knobs)))
        blocks = (block.T for block in file.blocks(BLOCK, dtype="float32", always_2d=True))
        with soundfile.SoundFile(target, "w", rate, channels, "FLOAT") as written:
            for block in applied(Chain(plan, rate, channels), blocks, np.clip(curve, 0, 1), rate):
                written.write(block.T)


if __name__ == "__main__":
    main(*sys.argv[1:])
