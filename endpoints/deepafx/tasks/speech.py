"""People who speak: eSpeak NG, a program of the system, with voices and sentences that are drawn."""

from __future__ import annotations

import io
import shutil
import subprocess
from dataclasses import dataclass

import numpy as np
import soundfile

from app.audio.resample import resampled
from endpoints.deepafx.encoder import RATE
from endpoints.deepafx.pairs import Mono
from endpoints.deepafx.tasks.levels import at_level
from endpoints.deepafx.tasks.task import Part, SourceError

_MISSING = "Speech is made by eSpeak NG, which is missing here; install it with: apt-get install espeak-ng."

_VOICES: dict[Part, tuple[str, ...]] = {
    "training": (
        *("en-us+Andy", "en-us+Annie", "en-us+Linda", "en-us+Max", "en-us+Michael", "en-us+Steph", "en-us+f1"),
        *("de+Ed", "de+Lee", "de+f2", "es+Mario", "es+Alicia", "it+Marco", "it+f4", "pl+m1", "pt+m7"),
    ),
    "held out": ("en-gb+f3", "en-gb+m3", "fr-fr+f5", "fr-fr+m5", "nl+Belinda", "nl+David"),
}
_WORDS: dict[Part, tuple[tuple[str, ...], ...]] = {
    "training": (
        ("the old", "a young", "this tired", "my second", "the last", "one clever", "their small", "every"),
        ("teacher", "farmer", "singer", "captain", "neighbour", "doctor", "painter", "driver", "sister", "guest"),
        ("carries", "watches", "sells", "opens", "remembers", "follows", "repairs", "paints", "finds", "lifts"),
        ("a heavy box", "the green door", "some fresh bread", "her first song", "a broken chair", "the long letter"),
        ("before sunrise", "near the river", "without a word", "in the afternoon", "for his cousin", "again and again"),
    ),
    "held out": (
        ("our next", "an honest", "that quiet", "your best", "no other"),
        ("player", "baker", "writer", "visitor", "child", "pilot"),
        ("keeps", "brings", "hears", "loses", "builds", "wants"),
        ("a yellow boat", "the missing key", "two warm coats", "his father's clock", "an empty glass"),
        ("on the island", "after the storm", "with great care", "during the concert", "under the bridge"),
    ),
}


@dataclass(frozen=True)
class Take:
    """Somebody speaking.

    Attributes:
        sound: sentences with silence between, ``(samples,)``, all as loud.
        pauses: start and end of each silence, in samples.
    """

    sound: Mono
    pauses: tuple[tuple[int, int], ...]


def take(part: Part, rng: np.random.Generator, seconds: float, pause: tuple[float, float]) -> Take:
    """Return one voice's sentences, made so that they fill the time.

    Args:
        part: which voices and words.
        rng: draws.
        seconds: how long it becomes, at least.
        pause: the least and the most seconds of silence before, between and after.

    Raises:
        SourceError: eSpeak NG is missing.
    """
    voices = _VOICES[part]
    voice, speed, pitch = voices[rng.integers(len(voices))], rng.integers(130, 190), rng.integers(25, 70)
    sound: list[Mono] = []
    pauses: list[tuple[int, int]] = []
    at = 0

    def rest() -> None:
        nonlocal at
        silence = int(RATE * rng.uniform(*pause))
        pauses.append((at, at + silence))
        sound.append(np.zeros(silence, np.float32))
        at += silence

    rest()
    while at < seconds * RATE:
        words = " ".join(choice[rng.integers(len(choice))] for choice in _WORDS[part])
        said = at_level(_said(voice, int(speed), int(pitch), words), -20.0)
        sound.append(said)
        at += len(said)
        rest()
    return Take(np.concatenate(sound), tuple(pauses))


def _said(voice: str, speed: int, pitch: int, words: str) -> Mono:
    """Return a sentence without the silence around it."""
    program = shutil.which("espeak-ng")
    if program is None:
        raise SourceError(_MISSING)
    command = [program, "-v", voice, "-s", str(speed), "-p", str(pitch), "--stdout", words]
    ended = subprocess.run(command, capture_output=True, check=False)  # noqa: S603
    if ended.returncode or len(ended.stdout) <= 44:
        raise SourceError(f"eSpeak NG has no voice “{voice}”; its data are incomplete: apt-get install espeak-ng-data.")
    samples, rate = soundfile.read(io.BytesIO(ended.stdout), dtype="float32")
    sound = resampled(samples[None], rate, RATE)[0]
    heard = np.flatnonzero(np.abs(sound) > 0.01 * np.abs(sound).max())
    spoken: Mono = sound[heard[0] : heard[-1] + 1]
    return spoken
