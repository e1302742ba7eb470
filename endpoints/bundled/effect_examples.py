"""The sounds to try the bundled effects with: a band, a stereo mix, a voice in a noisy room."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from endpoints.bundled.examples import Signal, add, band_noise, hat, kick, lead, pluck, snare, speech

_RATE = 44100
_CHORDS = ((45, 57, 60, 64, 69), (41, 53, 57, 60, 65), (48, 55, 60, 64, 67), (43, 55, 59, 62, 67))  # Am F C G
_MELODY = (76, 74, 72, 69, 72, 71, 67, 71)
_BEAT = 0.46875  # seconds: 128 beats a minute


def chords(rate: int = _RATE) -> Signal:
    """Return four strummed chords, four beats each."""
    sound = np.zeros(round(16 * _BEAT * rate))
    for bar, notes in enumerate(_CHORDS):
        for string, midi in enumerate(notes):
            add(sound, 0.16 * pluck(midi, 4 * _BEAT, rate), 4 * _BEAT * bar + 0.03 * string, rate)
    return sound


def melody(rate: int = _RATE) -> Signal:
    """Return a slow tune over :func:`chords`."""
    sound = np.zeros(round(16 * _BEAT * rate))
    for index, midi in enumerate(_MELODY):
        add(sound, 0.12 * lead(midi, 1.95 * _BEAT, rate), 2 * _BEAT * index, rate)
    return sound


def drums(rate: int = _RATE) -> Signal:
    """Return a plain beat of bass drum, snare and hi-hat under :func:`chords`."""
    random = np.random.default_rng(4)
    sound = np.zeros(round(16 * _BEAT * rate))
    for beat in range(16):
        add(sound, 0.4 * kick(rate) if beat % 2 == 0 else 0.1 * snare(rate, random), beat * _BEAT, rate)
        add(sound, 0.1 * hat(rate, random), beat * _BEAT, rate)
        add(sound, 0.07 * hat(rate, random), (beat + 0.5) * _BEAT, rate)
    return sound


def band() -> tuple[NDArray[np.float32], int]:
    """Return chords, a tune and drums, 7.5 s, mono."""
    return _finished([chords() + melody() + drums()]), _RATE


def stereo_mix() -> tuple[NDArray[np.float32], int]:
    """Return a tune in the centre, an arpeggio on the left, chords on the right, and wide brushed noise; 7.5 s."""
    strummed, centre = chords(), 1.3 * melody()
    arpeggio = np.zeros_like(strummed)
    for step in range(31):
        notes = _CHORDS[step // 8]
        add(arpeggio, 0.2 * pluck(notes[1 + step % 4] + 12, 0.8, _RATE), step * 0.5 * _BEAT, _RATE)
    left_brush, right_brush = (
        0.004 * band_noise(len(arpeggio), _RATE, 2000.0, 12000.0, np.random.default_rng(seed)) for seed in (5, 6)
    )
    return _finished([centre + 0.8 * arpeggio + 0.15 * strummed + left_brush, centre + strummed + right_brush]), _RATE


def noisy_speech() -> tuple[NDArray[np.float32], int]:
    """Return babble with the rhythm of speech over a fan's noise and mains hum, 7 s, mono at 48 kHz."""
    rate, seconds = 48000, 7.0
    random = np.random.default_rng(7)
    voice = speech(seconds, rate, random)
    t = np.arange(len(voice)) / rate
    hum = sum((0.02 / k * np.sin(2.0 * np.pi * 50.0 * k * t) for k in (1, 2, 3)), np.zeros_like(t))
    fan = 0.03 * band_noise(len(voice), rate, 60.0, 900.0, random) + 0.01 * band_noise(
        len(voice), rate, 20.0, 15000.0, random
    )
    return _finished([voice + hum + fan]), rate


def _finished(channels: list[Signal]) -> NDArray[np.float32]:
    samples = np.stack(channels)
    samples *= 0.8 / np.abs(samples).max()
    return samples.astype(np.float32)
