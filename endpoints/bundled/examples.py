"""Short sounds made by code, to try the effects with; the same samples every time.

All functions return float64 ``(samples,)``; a random generator is passed where noise is needed.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Signal = NDArray[np.float64]

_VOWELS = {
    "a": ((730.0, 90.0), (1090.0, 110.0), (2440.0, 170.0), (3400.0, 250.0)),
    "e": ((530.0, 60.0), (1840.0, 100.0), (2480.0, 170.0), (3500.0, 250.0)),
    "i": ((280.0, 50.0), (2250.0, 100.0), (2900.0, 170.0), (3600.0, 250.0)),
    "o": ((500.0, 70.0), (900.0, 80.0), (2400.0, 170.0), (3300.0, 250.0)),
    "u": ((310.0, 60.0), (870.0, 80.0), (2250.0, 170.0), (3300.0, 250.0)),
}
"""Formants of vowels: centre and bandwidth in Hz (Peterson and Barney, 1952)."""


def frequency(midi: float) -> float:
    """Return the frequency in Hz of a MIDI note number."""
    return float(440.0 * 2.0 ** ((midi - 69.0) / 12.0))


def pluck(midi: float, seconds: float, rate: int, brightness: float = 1.0) -> Signal:
    """Return a plucked string: slightly stretched partials, the higher the sooner gone."""
    t = np.arange(round(seconds * rate)) / rate
    base = frequency(midi)
    sound = np.zeros_like(t)
    for k in range(1, 25):
        partial = base * k * np.sqrt(1.0 + 2e-4 * k * k)
        if partial > 0.45 * rate:
            break
        level = abs(np.sin(np.pi * k * 0.19)) / k**1.2 * brightness ** (k - 1)
        sound += level * np.exp(-t * (1.2 + 0.45 * k)) * np.sin(2.0 * np.pi * partial * t)
    attack = np.minimum(t / 0.004, 1.0)
    release = np.minimum((seconds - t) / 0.03, 1.0)
    sound *= attack * release
    return sound


def lead(midi: float, seconds: float, rate: int) -> Signal:
    """Return a soft sung or bowed tone with a delayed vibrato."""
    t = np.arange(round(seconds * rate)) / rate
    depth = 0.006 * np.clip((t - 0.2) / 0.3, 0.0, 1.0)
    phase = 2.0 * np.pi * np.cumsum(frequency(midi) * (1.0 + depth * np.sin(2.0 * np.pi * 5.4 * t))) / rate
    sound = np.zeros_like(t)
    for k in range(1, 11):
        sound += np.sin(k * phase) / k**1.6
    return sound * np.minimum(t / 0.05, 1.0) * np.minimum((seconds - t) / 0.08, 1.0)


def kick(rate: int) -> Signal:
    """Return a bass drum: a sine that falls from 160 to 48 Hz, and the click of the beater."""
    t = np.arange(round(0.3 * rate)) / rate
    phase = 2.0 * np.pi * np.cumsum(48.0 + 112.0 * np.exp(-t / 0.03)) / rate
    return np.sin(phase) * np.exp(-t / 0.09) + 0.3 * np.exp(-t / 0.002) * np.sin(2.0 * np.pi * 1800.0 * t)


def snare(rate: int, random: np.random.Generator) -> Signal:
    """Return a snare drum: two tones of the skin under a burst of noise."""
    t = np.arange(round(0.25 * rate)) / rate
    wires: Signal = band_noise(len(t), rate, 800.0, 10000.0, random) * np.exp(-t / 0.06)
    wires += 0.4 * np.exp(-t / 0.04) * (np.sin(2.0 * np.pi * 185.0 * t) + np.sin(2.0 * np.pi * 330.0 * t))
    return wires


def hat(rate: int, random: np.random.Generator) -> Signal:
    """Return a closed hi-hat: a short burst of high noise."""
    t = np.arange(round(0.1 * rate)) / rate
    return band_noise(len(t), rate, 6000.0, 16000.0, random) * np.exp(-t / 0.02)


def band_noise(samples: int, rate: int, low: float, high: float, random: np.random.Generator) -> Signal:
    """Return Gaussian noise between two frequencies in Hz, with unit variance."""
    spectrum = np.fft.rfft(random.standard_normal(samples))
    frequencies = np.fft.rfftfreq(samples, 1.0 / rate)
    spectrum *= (frequencies >= low) & (frequencies <= high)
    noise: Signal = np.fft.irfft(spectrum, samples)
    return noise / max(float(np.sqrt(np.mean(noise**2))), 1e-12)


def vowel(name: str, pitch: tuple[float, float], seconds: float, rate: int) -> Signal:
    """Return a voiced sound that glides between two pitches in Hz, shaped by the vowel's formants."""
    t = np.arange(round(seconds * rate)) / rate
    f0 = np.linspace(pitch[0], pitch[1], len(t)) * (1.0 + 0.01 * np.sin(2.0 * np.pi * 4.7 * t))
    phase = 2.0 * np.pi * np.cumsum(f0) / rate
    sound = np.zeros_like(t)
    for k in range(1, int(min(7000.0, 0.45 * rate) / max(pitch)) + 1):
        sound += _formant_gain(name, k * f0) / k * np.sin(k * phase)
    envelope = np.minimum(t / 0.03, 1.0) * np.minimum((seconds - t) / 0.06, 1.0)
    sound *= envelope
    return sound


def _formant_gain(name: str, frequencies: Signal) -> Signal:
    gain = np.zeros_like(frequencies)
    for index, (centre, bandwidth) in enumerate(_VOWELS[name]):
        gain += 0.6**index / (1.0 + ((frequencies - centre) / (1.5 * bandwidth)) ** 2)
    return gain


def speech(seconds: float, rate: int, random: np.random.Generator) -> Signal:
    """Return babble with the rhythm of speech: phrases of fricatives and vowels, and pauses of about half a second."""
    sound = np.zeros(round(seconds * rate))
    position = 0.35
    while position < seconds - 0.8:
        pitch = 125.0 * (1.0 + 0.12 * random.standard_normal())
        for syllable in range(int(random.integers(3, 7))):
            if random.random() < 0.6:
                burst = band_noise(round(0.09 * rate), rate, 2800.0, min(9000.0, 0.48 * rate), random)
                add(sound, 0.1 * burst * np.hanning(len(burst)), position, rate)
                position += 0.075
            length = float(random.uniform(0.11, 0.24))
            name = "aeiou"[int(random.integers(5))]
            top = pitch * (1.12 - 0.05 * syllable)
            add(sound, vowel(name, (top, top * 0.94), length, rate), position, rate)
            position += length + float(random.uniform(0.0, 0.05))
        position += float(random.uniform(0.4, 0.65))
    return sound / max(float(np.abs(sound).max()), 1e-12)


def add(track: Signal, sound: Signal, start: float, rate: int) -> None:
    """Add ``sound`` to ``track`` from ``start`` seconds on; what goes past the end is dropped."""
    first = round(start * rate)
    room = max(0, min(len(sound), len(track) - first))
    track[first : first + room] += sound[:room]
