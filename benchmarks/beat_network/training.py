"""The network's training: cross-entropy of the three classes, Adam, one rise and fall of its steps."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch

from benchmarks.beat_network.examples import batch, example
from benchmarks.beat_network.listening import Piece
from endpoints.bundled.beat_network import BeatNetwork

_BATCH = 16
_FASTEST = 4e-3
_BEATS = 4.0
"""How much more a beat counts than a moment without one."""


def trained_on(
    music: Sequence[Piece], without: Sequence[Piece], metronomes: Sequence[Piece], steps: int
) -> BeatNetwork:
    """Train with fixed seeds; print the loss now and then.

    Of 16 examples 14 are music, one has no beat, and one is a metronome or has no beat, in turn.
    """
    rng = np.random.default_rng(0)
    torch.manual_seed(0)
    network = BeatNetwork()
    search = torch.optim.AdamW(network.parameters(), lr=_FASTEST, weight_decay=1e-2)
    pace = torch.optim.lr_scheduler.OneCycleLR(search, _FASTEST, total_steps=steps, pct_start=0.15)
    order: list[int] = []
    losses: list[float] = []
    for step in range(steps):
        examples = []
        while len(examples) < _BATCH - 2:
            if not order:
                order = list(rng.permutation(len(music)))
            examples.append(example(music[order.pop()], rng))
        examples.append(example(without[rng.integers(len(without))], rng))
        others = metronomes if step % 2 else without
        examples.append(example(others[rng.integers(len(others))], rng))
        heard, classes, counts = batch(examples)
        wrong = -(classes * network.classes(heard)).sum(1)
        loss = (wrong * counts * (1 + _BEATS * (1 - classes[:, 0]))).sum() / counts.sum()
        search.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(network.parameters(), 1.0)
        search.step()
        pace.step()
        losses.append(float(loss.detach()))
        if step % 50 == 49:
            print(f"{step + 1}: loss {np.mean(losses[-50:]):.4f}", flush=True)
    return network.eval()
