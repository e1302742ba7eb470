"""Short synthetic sounds to try the labelers with: the same on every machine, so that nobody's recording is needed."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Sound = NDArray[np.float64]
Example = tuple[NDArray[np.float32], int]


def frequency(midi: float) -> float:
    """Hz of a MIDI note number.

    >>> frequency(69)
    440.0
    """
    return float(440.0 * 2.0 ** ((midi - 69.0) / 12.0))


def faded(sound: Sound, rate: int, attack: float, release: float) -> Sound:
    """Fade in over `attack` and out over `release` seconds."""
    time = np.arange(len(sound)) / rate
    return sound * np.minimum(1.0, np.minimum((time + 1.0 / rate) / attack, (len(sound) / rate - time) / release))


def harmonics(phase: Sound, amplitudes: list[float]) -> Sound:
    """Sum of sines at the multiples of `phase`, which counts periods."""
    sound = np.zeros(len(phase))
    for k, amplitude in enumerate(amplitudes):
        sound += amplitude * np.sin(2.0 * np.pi * (k + 1) * phase)
    return sound


def finished(sound: Sound, rate: int) -> Example:
    """Bring the peak to -3 dB."""
    return (sound * (0.7 / np.max(np.abs(sound)))).astype(np.float32)[None], rate


def speech() -> Example:
    """Three phrases of a talking machine in a softly rushing room, 7 s."""
    rate, rng = 16000, np.random.default_rng(1999)
    vowels = {"a": (730, 1090, 2440), "e": (530, 1840, 2480), "i": (270, 2290, 3010), "o": (570, 840, 2410)}
    sound = 0.004 * rng.standard_normal(7 * rate)
    for start, syllables in ((0.6, "aioe"), (2.6, "eaoiea"), (5.2, "oia")):
        at = int(start * rate)
        for i, vowel in enumerate(syllables):
            length = int(0.2 * rate)
            pitch = 130.0 * (1.15 - 0.3 * (i + np.arange(length) / length) / len(syllables))
            phase = np.cumsum(pitch) / rate
            strengths = []
            for k in range(1, 35):
                shape = sum(1.0 / (1.0 + ((k * 120.0 - formant) / 90.0) ** 2) for formant in vowels[vowel])
                strengths.append(shape / k**0.5)
            sound[at : at + length] += 0.3 * faded(harmonics(phase, strengths), rate, 0.03, 0.05)
            at += length
    return finished(sound, rate)


def melody() -> Example:
    """The opening of "Ode to Joy" on a reed-like tone, 8 s."""
    rate = 22050
    notes = [64, 64, 65, 67, 67, 65, 64, 62, 60, 60, 62, 64]
    tones = []
    for midi, beats in [*((note, 1.0) for note in notes), (64, 1.5), (62, 0.5), (62, 2.0)]:
        time = np.arange(int(0.5 * beats * rate)) / rate
        vibrato = 0.003 * np.sin(2.0 * np.pi * 5.5 * time) * np.minimum(1.0, time * 2.0)
        phase = np.cumsum(frequency(midi) * (1.0 + vibrato)) / rate
        tones.append(faded(harmonics(phase, [1.0, 0.5, 0.35, 0.2, 0.1]), rate, 0.02, 0.08))
    return finished(np.concatenate(tones), rate)


def drums() -> Example:
    """Four bars of a plain rock beat at 116 beats a minute, 8 s."""
    rate, rng, beat = 44100, np.random.default_rng(2007), 60.0 / 116.0
    kick, snare, hat = drum_kit(rate, rng)
    sound = np.zeros(int((16 * beat + 0.1) * rate) + len(kick))
    for eighth in range(32):
        at = int((0.1 + eighth * beat / 2.0) * rate)
        drum = {0: kick, 2: snare, 5: kick, 6: snare}.get(eighth % 8)
        sound[at : at + len(kick)] += hat if drum is None else hat + drum
    return finished(sound, rate)


def drum_kit(rate: int, rng: np.random.Generator) -> tuple[Sound, Sound, Sound]:
    """Return a stroke of a kick drum, of a snare and of a hi-hat, each 0.25 s, shape `(samples,)`."""
    time = np.arange(int(0.25 * rate)) / rate
    kick = np.sin(2.0 * np.pi * (50.0 * time + 4.0 * (1.0 - np.exp(-time * 30.0)))) * np.exp(-time * 18.0)
    snare = (0.5 * rng.standard_normal(len(time)) + 0.5 * np.sin(2.0 * np.pi * 190.0 * time)) * np.exp(-time * 22.0)
    hat = 0.25 * np.diff(rng.standard_normal(len(time) + 1)) * np.exp(-time * 60.0)
    return kick, snare, hat


def progression() -> Example:
    """C, Am, F and G on a soft electric piano, 8 s."""
    rate = 22050
    chords = []
    for midi in ((48, 60, 64, 67), (45, 60, 64, 69), (41, 60, 65, 69), (43, 59, 62, 67)):
        time = np.arange(2 * rate) / rate
        tones = [harmonics(frequency(note) * time, [1.0, 0.3, 0.15, 0.05]) for note in midi]
        chords.append(faded(np.sum(tones, axis=0) * np.exp(-0.9 * time), rate, 0.01, 0.1))
    return finished(np.concatenate(chords), rate)


def cadence() -> Example:
    """Four bars in D major at 120 beats a minute on a plucked piano with a bass and drums, 8.5 s."""
    rate, beat = 44100, 0.5
    kick, snare, hat = drum_kit(rate, np.random.default_rng(2015))
    sound = np.zeros(int(17 * beat * rate))
    time = np.arange(int(1.5 * beat * rate)) / rate
    for bar, chord in enumerate(((50, 66, 69), (43, 67, 71), (45, 64, 73), (50, 66, 69))):
        for place, note in enumerate((chord[0], chord[1], chord[2], 74 if bar % 4 == 0 else chord[1])):
            tone = faded(
                harmonics(frequency(note) * time, [1.0, 0.4, 0.2, 0.1]) * np.exp(-3.0 * time), rate, 0.005, 0.1
            )
            at = int((4 * bar + place) * beat * rate)
            sound[at : at + len(tone)] += tone * (1.5 if place == 0 else 1.0)
            sound[at : at + len(kick)] += snare if place % 2 else kick
            for start in (at, at + int(0.5 * beat * rate)):
                sound[start : start + len(hat)] += hat
    return finished(sound, rate)
