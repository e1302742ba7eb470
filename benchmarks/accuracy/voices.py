"""Speech by eSpeak with the times at which somebody speaks: the voice without noise is silent in between."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import soundfile
import soxr
from numpy.typing import NDArray

from benchmarks.accuracy.programs import RATE, espeak, kept
from benchmarks.table import HOME

Samples = NDArray[np.float64]

SENTENCES = (
    "Please put the blue cup on the table next to the window, and close the door when you leave.",
    "Six short trains passed the station before noon.",
    "I thought that we would meet at the old bridge, but nobody came.",
    "The weather in the north stays cold until the middle of April.",
    "Could you play that last part again, a little more slowly?",
    "My sister keeps five chickens and a goat behind her house.",
    "Yes.",
    "We recorded the second verse twice, because the first take was too loud.",
    "Nothing in this box belongs to me.",
    "A choir of thirty people sang in the hall, while the rain fell on the roof.",
)
_QUIET = 10 ** (-45 / 20)
"""Below this share of its loudest frame, a voice without noise is silent."""
_CLOSURE = 0.15
"""Seconds of silence within a word or between two, as before a "t", that still count as speech."""
_FRAME = 0.01


@dataclass(frozen=True)
class Voice:
    """Somebody speaking.

    Attributes:
        name: the same on every machine.
        wav: a mono file of 44.1 kHz; the voice has nothing above 11 kHz.
        spoken: start and end of each stretch of speech (s).
    """

    name: str
    wav: Path
    spoken: tuple[tuple[float, float], ...]


@dataclass(frozen=True)
class _Speaker:
    voice: str
    speed: int
    pitch: int
    sentences: tuple[int, ...]
    room: float = 0.0
    """Seconds until a sound in the room has fallen by 60 dB; 0 for none."""


SPEAKERS = {
    "woman": _Speaker("en-us+f3", 165, 55, (0, 1, 2, 3)),
    "man": _Speaker("en-gb+m3", 170, 35, (4, 5, 6, 7)),
    "fast man": _Speaker("en-us+m7", 220, 45, (7, 8, 9, 1, 0)),
    "low man in a room": _Speaker("en-gb+m5", 150, 20, (9, 6, 8, 2), room=0.4),
    "woman in a room": _Speaker("en-us+f4", 175, 60, (3, 4, 6, 5, 1), room=0.3),
    "slow woman": _Speaker("en-gb+f2", 140, 50, (2, 8, 6, 3)),
}


def voices(home: Path = HOME, names: Sequence[str] | None = None) -> list[Voice]:
    """Return speakers of some 20 s each, all or those named; kept below ``home``.

    Raises:
        MissingProgramError: eSpeak is missing.
    """
    return [_voice(home, name, speaker) for name, speaker in SPEAKERS.items() if names is None or name in names]


def spoken_by(home: Path, voice: str, speed: int, pitch: int, text: str) -> Samples:
    """Return a sentence as eSpeak says it, mono at :data:`RATE`, without silence around it."""
    program = espeak()

    def make(path: Path) -> None:
        command = [program, "-v", voice, "-s", str(speed), "-p", str(pitch), "-w", str(path), text]
        subprocess.run(command, check=True, capture_output=True)

    samples, rate = soundfile.read(kept(home, "sentences", [voice, str(speed), str(pitch), text], make))
    heard = np.flatnonzero(np.abs(samples) > _QUIET * np.abs(samples).max())
    return np.asarray(soxr.resample(samples[heard[0] : heard[-1] + 1], rate, RATE))


def active(samples: Samples) -> tuple[tuple[float, float], ...]:
    """Return start and end (s) of each stretch of a voice without noise, mono at :data:`RATE`."""
    size = round(_FRAME * RATE)
    frames = samples[: len(samples) // size * size].reshape(-1, size)
    level = np.sqrt(np.mean(frames**2, axis=1))
    loud = np.flatnonzero(level > _QUIET * level.max())
    breaks = np.flatnonzero(np.diff(loud) * _FRAME > _CLOSURE + _FRAME)
    starts, ends = loud[np.append(0, breaks + 1)], loud[np.append(breaks, len(loud) - 1)] + 1
    return tuple((float(start), float(end)) for start, end in zip(starts * _FRAME, ends * _FRAME))


def in_room(samples: Samples, seconds: float, random: np.random.Generator) -> Samples:
    """Return a sound in a room whose echoes fall by 60 dB in ``seconds``, as long as before."""
    length = round(seconds * RATE)
    echoes = random.standard_normal(length) * 10 ** (-3.0 * np.arange(length) / length)
    echoes *= 0.5 / np.sqrt(np.sum(echoes**2))
    echoes[0] = 1.0
    size = 1 << (len(samples) + length).bit_length()
    return np.fft.irfft(np.fft.rfft(samples, size) * np.fft.rfft(echoes, size), size)[: len(samples)]


def _voice(home: Path, name: str, speaker: _Speaker) -> Voice:
    def make(path: Path) -> None:
        random = np.random.default_rng([ord(letter) for letter in name])
        sound = [np.zeros(round(random.uniform(0.5, 1.2) * RATE))]
        for number in speaker.sentences:
            said = spoken_by(home, speaker.voice, speaker.speed, speaker.pitch, SENTENCES[number])
            sound += [said, np.zeros(round(random.uniform(0.5, 1.6) * RATE))]
        dry = np.concatenate(sound)
        times = active(dry)
        wet = in_room(dry, speaker.room, random) if speaker.room else dry
        soundfile.write(path, 0.5 * wet / np.abs(wet).max(), RATE, subtype="PCM_16")
        _beside(path).write_text(json.dumps(times), encoding="utf-8")

    recipe = [repr(speaker), name, Path(__file__).read_bytes()]
    wav = kept(home, "voices", recipe, make)
    return Voice(name, wav, tuple((start, end) for start, end in json.loads(_beside(wav).read_text(encoding="utf-8"))))


def _beside(wav: Path) -> Path:
    return wav.parent / f"{wav.name.partition('.')[0]}.json"
