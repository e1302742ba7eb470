"""Noises made by code: passing cars, a room full of talk, a fan with hum, hiss; and machines that are no speech."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import soundfile
from numpy.typing import NDArray

from benchmarks.accuracy.programs import RATE, kept
from benchmarks.accuracy.voices import in_room, spoken_by
from benchmarks.table import HOME

Samples = NDArray[np.float64]

SECONDS = 30.0
"""How long each noise lasts."""

_TALK = (
    ("en-us+f2", 170, 60, "So I told her that the whole thing had been a mistake from the beginning, and she laughed."),
    ("en-gb+m2", 160, 40, "No, the other one, the one with the green door, just behind the market, you know it."),
    ("de+m4", 165, 45, "Das habe ich dir doch gestern schon gesagt, wir fahren erst am Sonntag wieder zurück."),
    ("fr-fr+f4", 175, 55, "On mange à quelle heure ce soir, et qui apporte le dessert et le vin pour tout le monde ?"),
    ("es+m1", 180, 45, "Mañana por la mañana vamos al puerto a comprar pescado para toda la familia."),
    ("it+f3", 170, 55, "Non ho capito niente di quello che hai detto, parla un po' più piano per favore."),
    ("en-us+m6", 190, 30, "Two coffees and a piece of that cake please, and could we have some more water?"),
    (
        "en-gb+f5",
        155,
        65,
        "It rained for three weeks, and then all of a sudden summer was there and everything was dry.",
    ),
)


@dataclass(frozen=True)
class Noise:
    """A noise: its name, and a mono file of 44.1 kHz that lasts :data:`SECONDS`."""

    name: str
    wav: Path


def noises(home: Path = HOME, names: Sequence[str] | None = None) -> list[Noise]:
    """Return ``street``, ``chatter``, ``fan and hum``, ``hiss`` and ``workshop``, or those named; kept below ``home``.

    Raises:
        MissingProgramError: eSpeak, which chatters, is missing.
    """
    return [_noise(home, name, make) for name, make in _KINDS.items() if names is None or name in names]


def _noise(home: Path, name: str, sound: Callable[[Path, np.random.Generator], Samples]) -> Noise:
    def make(path: Path) -> None:
        samples = sound(home, np.random.default_rng([ord(letter) for letter in name]))
        soundfile.write(path, 0.5 * samples / np.abs(samples).max(), RATE, subtype="PCM_16")

    return Noise(name, kept(home, "noises", [name, Path(__file__).read_bytes()], make))


def _sloped(random: np.random.Generator, slope: float, low: float = 20.0, high: float = 20_000.0) -> Samples:
    """Return noise between two frequencies (Hz) whose power changes by ``slope`` dB an octave; its mean power is 1."""
    samples = round(SECONDS * RATE)
    spectrum = np.fft.rfft(random.standard_normal(samples))
    hertz = np.maximum(np.fft.rfftfreq(samples, 1.0 / RATE), 1.0)
    spectrum *= 10 ** (slope * np.log2(hertz / 1000.0) / 20.0) * (hertz >= low) * (hertz <= high)
    sound = np.fft.irfft(spectrum, samples)
    return sound / np.sqrt(np.mean(sound**2))


def _time() -> Samples:
    return np.arange(round(SECONDS * RATE)) / RATE


def _street(_home: Path, random: np.random.Generator) -> Samples:
    """A town's rumble, and a car every two to five seconds: the nearer the brighter, its tyres above its engine."""
    time, sound = _time(), 0.25 * _sloped(random, -6.0, 30.0, 3000.0)
    tyres, wind = _sloped(random, -4.0, 150.0, 9000.0), _sloped(random, -3.0, 60.0, 800.0)
    passing = 1.5
    while passing < SECONDS:
        near, width = random.uniform(0.5, 1.5), random.uniform(0.4, 1.2)
        bell = near / (1.0 + ((time - passing) / width) ** 2)
        revs = random.uniform(35.0, 70.0) * (1.0 - 0.04 * np.tanh((time - passing) / width))  # Doppler's fall
        phase = 2.0 * np.pi * np.cumsum(revs) / RATE
        engine = sum(np.sin(k * phase + k) / k for k in range(1, 7))
        sound += bell**1.5 * tyres + 0.7 * bell * wind + 0.35 * bell * engine
        passing += random.uniform(2.0, 5.0)
    return sound


def _chatter(home: Path, random: np.random.Generator) -> Samples:
    """Eight people who talk at once at other tables, without a pause, in a room; nobody is understood."""
    length = round(SECONDS * RATE)
    sound = np.zeros(length)
    for voice, speed, pitch, text in _TALK:
        said = spoken_by(home, voice, speed, pitch, text)
        repeated = np.tile(np.append(said, np.zeros(round(0.2 * RATE))), length // len(said) + 2)
        start = int(random.integers(len(said)))
        talk = repeated[start : start + length]
        sound += random.uniform(0.6, 1.0) * talk / np.sqrt(np.mean(talk**2))
    return in_room(sound, 0.7, random) + 0.1 * _sloped(random, -3.0)


def _fan(_home: Path, random: np.random.Generator) -> Samples:
    """Mains hum of 50 Hz and its overtones, a fan's air and the tone of its blades."""
    time = _time()
    hum = sum(np.sin(2.0 * np.pi * 50.0 * k * time + k) / k for k in (1, 2, 3, 4, 6, 8, 10))
    blades = sum(np.sin(2.0 * np.pi * 137.0 * k * time + 2 * k) / k for k in (1, 2, 3))
    wobble = 1.0 + 0.1 * np.sin(2.0 * np.pi * 0.7 * time)
    return 0.6 * hum + wobble * (0.3 * blades + _sloped(random, -5.0, 60.0, 6000.0))


def _hiss(_home: Path, random: np.random.Generator) -> Samples:
    """A bad preamplifier: white noise, a little brighter at the top."""
    return _sloped(random, 1.0)


def _workshop(_home: Path, random: np.random.Generator) -> Samples:
    """A drill that starts and stops, hammer strokes, and a beeping machine."""
    time, sound = _time(), 0.05 * _sloped(random, -3.0)
    for start in (2.0, 9.0, 15.0, 24.0):
        inside = np.clip((time - start) / 0.4, 0.0, 1.0) * np.clip((start + 3.5 - time) / 0.5, 0.0, 1.0)
        phase = 2.0 * np.pi * np.cumsum(60.0 + 180.0 * inside) / RATE
        drill = sum(np.sin(k * phase + k * k) / k**0.7 for k in range(1, 20))
        sound += 0.3 * inside * (drill + 0.7 * _sloped(random, 2.0, 500.0, 9000.0))
    for start in np.arange(6.0, 9.0, 0.55).tolist() + np.arange(19.0, 23.0, 0.42).tolist():
        after = np.maximum(time - start, 0.0)
        ring = np.sin(2.0 * np.pi * 640.0 * after) + 0.6 * np.sin(2.0 * np.pi * 1710.0 * after)
        sound += 2.0 * (time >= start) * np.exp(-after / 0.05) * ring
    beeps = (time % 1.0 < 0.15) & (time > 12.0) & (time < 19.0)
    return sound + 0.4 * beeps * np.sin(2.0 * np.pi * 2000.0 * time)


_KINDS: dict[str, Callable[[Path, np.random.Generator], Samples]] = {
    "street": _street,
    "chatter": _chatter,
    "fan and hum": _fan,
    "hiss": _hiss,
    "workshop": _workshop,
}
