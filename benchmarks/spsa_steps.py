"""Steps of SPSA through a chain: ``python -m benchmarks.spsa_steps CHAIN ITEMS THREADS STEPS`` prints their seconds."""

from __future__ import annotations

import sys
import time
from pathlib import Path

import numpy as np
import torch

from endpoints.deepafx.chain import read_plan
from endpoints.deepafx.encoder import RATE
from endpoints.deepafx.spsa import Bank

_HEARD = 6144
"""Samples of each item a step: what is learnt from by default, warm-up and stretch."""


def main(chain: str, items: str, threads: str, steps: str) -> None:
    """Print the wall-clock seconds of the steps, once the plugins are warm, and those of the processor."""
    torch.set_num_threads(1)
    plan = read_plan(Path(chain))
    bank = Bank(plan, RATE, 1, int(items), threads=int(threads))
    rng = np.random.default_rng(1)
    sound = torch.from_numpy(rng.normal(0, 0.1, (int(items), 1, _HEARD)).astype(np.float32))
    turns = torch.from_numpy(plan.defaults).float().expand(int(items), -1).clone().requires_grad_()
    bank.render(sound, turns, rng)
    print("warm", flush=True)
    sys.stdin.readline()  # so that several begin together
    began = time.perf_counter()
    for _ in range(int(steps)):
        (bank.render(sound, turns, rng) ** 2).sum().backward()  # type: ignore[no-untyped-call]
    print(time.perf_counter() - began, flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
