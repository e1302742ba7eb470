"""Small chains and sounds to learn from."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from endpoints.deepafx.chain import ChainPlan, plan_of_data
from endpoints.deepafx.encoder import RATE
from endpoints.deepafx.pairs import Pair
from endpoints.effects.torch_set.effects import EFFECTS

COMPRESSOR = {
    "uri": "harpist:compressor",
    "learn": {"input": {"minimum": -6, "maximum": 30}, "threshold": {}, "ratio": {}, "output": {"maximum": 18}},
    "fixed": {"attack": 5.0, "release": 60.0},
}


def chain(*plugins: dict[str, object]) -> ChainPlan:
    """Return a chain, by default of one compressor."""
    return plan_of_data(list(plugins) or [COMPRESSOR])


def music(seed: int, seconds: float) -> NDArray[np.float32]:
    """Return notes that are struck and die away, ``(samples,)``, peaks about 0.5."""
    rng = np.random.default_rng(seed)
    sound = np.zeros(int(seconds * RATE))
    for start in range(0, len(sound), RATE // 5):
        n = np.arange(min(len(sound) - start, RATE))
        pitch = 110 * 2 ** (rng.integers(0, 36) / 12)
        wave = sum(np.sin(2 * np.pi * pitch * k * n / RATE) / k for k in range(1, 6))
        sound[start : start + len(n)] += rng.uniform(0.2, 1.0) * wave * np.exp(-n / RATE * rng.uniform(2, 9))
    return (0.5 * sound / np.abs(sound).max()).astype(np.float32)


def levelled(count: int = 5, seconds: float = 4.0) -> list[Pair]:
    """Return sounds at levels of 0 to -24 dB in no order, and all of them compressed as if they had been loud."""
    pairs = []
    for seed in range(count):
        loud = music(seed, seconds)
        effect = EFFECTS["harpist:compressor"](RATE, 1)
        values = {"threshold": -20, "ratio": 6, "output": 8, "attack": 5, "release": 60}
        level = 10 ** (-24 * (seed * 0.618 % 1) / 20)
        pairs.append(Pair((level * loud).astype(np.float32), effect.process(loud[None], values)[0]))
    return pairs
