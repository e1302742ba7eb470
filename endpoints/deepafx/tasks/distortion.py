"""Distortion: clean guitars, basses and pianos through a valve amplifier, which is a curve at eight times the rate."""

from __future__ import annotations

import numpy as np

from app.audio.resample import resampled
from endpoints.deepafx.encoder import RATE
from endpoints.deepafx.pairs import Mono, Pair
from endpoints.deepafx.schedule import Schedule
from endpoints.deepafx.tasks import music
from endpoints.deepafx.tasks.levels import times
from endpoints.deepafx.tasks.task import Part, Task

_TIMES = 8
_DRIVE = 26.0
"""dB, before the curve."""
_LEVEL = -18.0
"""dB of full scale, of what comes out on average."""


def _sounds(part: Part, seed: int) -> list[Mono]:
    rng = np.random.default_rng([seed, 41 if part == "training" else 42])
    count, seconds = (12, 12.0) if part == "training" else (3, 6.0)
    return [music.phrase(part, rng, seconds) for _ in range(count)]


def _pair(clean: Mono, rng: np.random.Generator) -> Pair:
    """Return a sound as it was picked up, and through the amplifier, whose knobs stay where they are."""
    before = times(clean, -rng.uniform(0, 12))
    return Pair(before, amplified(before))


def amplified(sound: Mono) -> Mono:
    """Return a sound through a valve stage: its two halves bent differently, then what a loudspeaker lets through.

    The curve is ``1 - exp(-x)`` above 0, and below it half as steep towards its end; it is computed at eight times the
    rate, so that hardly any overtone comes back as another tone.
    """
    wave = resampled(times(sound, _DRIVE)[None], RATE, RATE * _TIMES)[0]
    bent = np.where(wave > 0, 1 - np.exp(-np.abs(wave)), -1.4 * np.tanh(np.abs(wave) / 1.4))
    loud = resampled(bent.astype(np.float32)[None], RATE * _TIMES, RATE)[0][: len(sound)]
    spectrum = np.fft.rfft(loud)
    hertz = np.fft.rfftfreq(len(loud), 1 / RATE)
    through = 1 / np.sqrt(1 + (hertz / 4500) ** 4) * hertz / np.sqrt(hertz**2 + 70.0**2)
    speaker: Mono = np.fft.irfft(spectrum * through, len(loud)).astype(np.float32)
    return times(speaker, _LEVEL + 3)


TASK = Task(
    name="distortion",
    title="Valve distortion",
    purpose="A clean guitar, bass or electric piano sounds as if it came through a driven valve amplifier.",
    material="Plucked and struck instruments from a soundfont, and the same bent by an oversampled, uneven curve.",
    plugins=(
        {"uri": "harpist:saturation", "learn": ["drive", "bias", "amount", "output"]},
        {
            "uri": "harpist:multiband-compressor",
            "name": "compressor",
            "fixed": {name: value for n in "1234" for name, value in ((f"attack_{n}", 0.1), (f"release_{n}", 5.0))},
            "learn": {
                "split_1": {},
                "split_2": {},
                "split_3": {"minimum": 3000.0, "maximum": 8000.0, "default": 5000.0},
                **{
                    name: dict(ranges)
                    for n in "1234"
                    for name, ranges in (
                        (f"threshold_{n}", {"default": -30.0}),
                        (f"ratio_{n}", {"default": 1.0}),
                        (f"gain_{n}", {"default": 0.0}),
                    )
                },
                "output": {"minimum": -24.0, "maximum": 6.0, "default": 0.0},
            },
        },
    ),
    schedule=Schedule(steps=400, items=8, every=40, held_out=24, rate=2e-3, progressive=False),
    sounds=_sounds,
    pair=_pair,
    usual={"saturation/drive": 24.0, "saturation/bias": 0.2, "saturation/amount": 1.0, "saturation/output": 6.0},
    smoothing=0.5,
)
