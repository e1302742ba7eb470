"""Mastering: mixes that are dull, muddy, thin, uneven or quiet become as even, bright and loud as finished ones."""

from __future__ import annotations

import numpy as np

from endpoints.deepafx.encoder import RATE
from endpoints.deepafx.pairs import Mono, Pair
from endpoints.deepafx.schedule import Schedule
from endpoints.deepafx.tasks import music
from endpoints.deepafx.tasks.levels import at_level, steps, times
from endpoints.deepafx.tasks.task import Part, Task
from endpoints.effects.torch_set.compressor import Compressor
from endpoints.effects.torch_set.limiter import Limiter
from endpoints.effects.torch_set.parametric_equaliser import ParametricEqualiser

FINISHED = -15.0
"""dB of full scale, of music before its limiter."""

_BANDS = 24
_SLOPE = -4.5
"""dB an octave, of the power in a third of an octave's bandwidth of Hz, of much recorded music above 100 Hz."""


def _sounds(part: Part, seed: int) -> list[Mono]:
    rng = np.random.default_rng([seed, 31 if part == "training" else 32])
    count, seconds = (16, 12.0) if part == "training" else (4, 6.0)
    return [music.mix(part, rng, seconds) for _ in range(count)]


def _pair(clean: Mono, rng: np.random.Generator) -> Pair:
    """Return a mix made worse, and one mastered."""
    good = at_level(balanced(clean), FINISHED)
    bad = ParametricEqualiser(RATE, 1).process(
        good[None],
        {
            "low_gain": rng.uniform(-9, 6),
            "low_frequency": rng.uniform(80, 160),
            "gain_1": rng.uniform(-3, 7),
            "frequency_1": rng.uniform(200, 350),
            "gain_2": rng.uniform(-5, 5),
            "frequency_2": rng.uniform(700, 1500),
            "gain_3": rng.uniform(-8, 3),
            "frequency_3": rng.uniform(2500, 5000),
            "high_gain": rng.uniform(-15, 1),
            "high_frequency": rng.uniform(4000, 8000),
        },
    )[0]
    lengths = [RATE * 3] * (len(bad) // (RATE * 3) + 1)
    uneven = steps(lengths, [float(rng.uniform(-4, 4)) for _ in lengths], RATE)[: len(bad)]
    before = times(at_level(bad, rng.uniform(-32, -20)), uneven)
    before *= min(1.0, 0.95 / (np.abs(before).max() + 1e-9))
    pressed = Compressor(RATE, 1).process(good[None], {"threshold": -16.0, "ratio": 2.0, "attack": 10.0, "output": 1.5})
    limiter = Limiter(RATE, 1)
    late = np.pad(pressed, ((0, 0), (0, limiter.latency)))
    after = limiter.process(late, {"ceiling": -1.0})[0, limiter.latency :]
    return Pair(before, after)


def balanced(sound: Mono) -> Mono:
    """Return a sound whose spectrum, in broad bands, lies halfway between its own and a straight slope, within 9 dB."""
    spectrum = np.fft.rfft(sound.astype(np.float64))
    hertz = np.fft.rfftfreq(len(sound), 1 / RATE)
    edges = np.geomspace(40, 10_500, _BANDS + 1)
    middles = np.sqrt(edges[1:] * edges[:-1])
    places = np.digitize(hertz, edges) - 1
    power = np.array([(np.abs(spectrum[places == band]) ** 2).mean() for band in range(_BANDS)])
    wanted = _SLOPE * np.log2(np.maximum(middles, 100) / 100)
    wrong = wanted - 10 * np.log10(power + 1e-9)
    wrong = np.convolve(np.pad(wrong, 2, mode="edge"), np.ones(5) / 5, mode="valid")
    right = np.clip(0.5 * (wrong - np.median(wrong)), -9, 9)
    gain = np.interp(np.log(hertz + 1), np.log(middles + 1), right)
    even: Mono = np.fft.irfft(spectrum * 10 ** (gain / 20), len(sound)).astype(np.float32)
    return even


_GAIN = {"minimum": -15.0, "maximum": 15.0, "default": 0.0}

TASK = Task(
    name="mastering",
    title="Mastering",
    purpose="A mix that is dull, muddy, thin, uneven or quiet becomes brighter, more even and loud.",
    material="Music from a soundfont, made dull, muddy, thin, uneven and quiet, and the same balanced and loud.",
    plugins=(
        {
            "uri": "harpist:parametric-equaliser",
            "name": "equaliser",
            "fixed": {"low_frequency": 120.0, "frequency_1": 270.0, "frequency_3": 3500.0, "high_frequency": 6000.0},
            "learn": {
                **{name: dict(_GAIN) for name in ("low_gain", "gain_1", "gain_2", "gain_3", "high_gain")},
                "output": {"minimum": -6.0, "maximum": 24.0, "default": 0.0},
            },
        },
        {
            "uri": "harpist:compressor",
            "fixed": {"knee": 6.0, "attack": 10.0, "release": 150.0},
            "learn": {
                "threshold": {"minimum": -30.0, "maximum": 0.0, "default": -12.0},
                "ratio": {"minimum": 1.0, "maximum": 6.0, "default": 1.0},
                "output": {"minimum": -6.0, "maximum": 12.0, "default": 0.0},
            },
        },
        {"uri": "harpist:limiter", "fixed": {"ceiling": -1.0}, "learn": []},
    ),
    schedule=Schedule(steps=100, items=8, every=50, held_out=24, rate=2e-3, progressive=False),
    sounds=_sounds,
    pair=_pair,
    usual={
        "equaliser/high_gain": 4.0,
        "equaliser/gain_1": -2.0,
        "equaliser/output": 9.0,
        "compressor/threshold": -18.0,
        "compressor/ratio": 2.0,
        "compressor/output": 2.0,
    },
    smoothing=1.0,
)
