"""What the tests of the torch set have in common: sound, and effects heard in blocks."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from endpoints.effects.plugin import Values
from endpoints.effects.torch_set.effect import TorchEffect

FAR: dict[str, dict[str, float]] = {
    "harpist:parametric-equaliser": {"low_gain": 9, "gain_1": -12, "quality_1": 0.3, "gain_3": 8, "high_gain": -6},
    "harpist:graphic-equaliser": {"gain_62_5": 7, "gain_1000": -9, "gain_4000": 6},
    "harpist:compressor": {"input": 6, "threshold": -30, "ratio": 5, "attack": 3, "release": 60, "output": 4},
    "harpist:multiband-compressor": {
        "threshold_1": -35, "ratio_1": 4, "threshold_3": -30, "ratio_3": 8, "gain_2": 3, "attack_3": 1,
    },
    "harpist:gate": {"threshold": -20, "range": 40, "attack": 2, "release": 30},
    "harpist:limiter": {"input": 12, "ceiling": -6},
    "harpist:saturation": {"drive": 18, "bias": 0.4, "amount": 0.8},
}  # fmt: skip
"""Values of each effect that are heard."""


def noise(channels: int, samples: int, seed: int = 1) -> NDArray[np.float32]:
    """Return noise that swells and fades, at most 1."""
    rng = np.random.default_rng(seed)
    swell = 0.02 + 0.5 * (1 + np.sin(np.arange(samples) / 700)) / 2
    return np.clip(0.5 * rng.standard_normal((channels, samples)) * swell, -1, 1).astype(np.float32)


def tone(frequency: float, seconds: float, rate: int, level: float = 0.0) -> NDArray[np.float32]:
    """Return a sine of one channel, ``level`` dB of full scale."""
    n = np.arange(int(seconds * rate))
    return (10 ** (level / 20) * np.sin(2 * np.pi * frequency * n / rate)).astype(np.float32)[None]


def heard(effect: TorchEffect, sound: NDArray[np.float32], values: Values, block: int = 0) -> NDArray[np.float32]:
    """Return a sound through an effect in blocks of so many samples, or in one."""
    block = block or sound.shape[1]
    return np.concatenate(
        [effect.process(sound[:, at : at + block], values) for at in range(0, sound.shape[1], block)], 1
    )


def decibels(ratio: float) -> float:
    """Return a factor as a level."""
    return float(20 * np.log10(ratio))


def gain(effect: TorchEffect, sound: NDArray[np.float32], values: Values) -> float:
    """Return by how many dB the last half of a sound, which has to last, comes out louder."""
    out, half = heard(effect, sound, values), sound.shape[1] // 2
    return decibels(np.sqrt((out[:, half:].astype(float) ** 2).mean() / (sound[:, half:].astype(float) ** 2).mean()))
