"""The programs that make the sound: FluidSynth with a sound font, and eSpeak; and the folder where sound is kept."""

from __future__ import annotations

import hashlib
import shutil
import subprocess
from collections.abc import Callable, Sequence
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import soundfile

from app.errors import HarpistError

RATE = 44_100
"""Of all sound that is made here, in Hz."""

SOUND_FONTS = (
    (Path("/usr/share/sounds/sf2/FluidR3_GM.sf2"), "fluid-soundfont-gm"),
    (Path("/usr/share/sounds/sf2/TimGM6mb.sf2"), "timgm6mb-soundfont"),
)
"""Debian's, the better first, each with its package."""


_FADE = 0.5
"""Seconds over which played sound ends."""


class MissingProgramError(HarpistError):
    """Something that makes the sound or the scores is not installed."""


def missing() -> str:
    """Return the sentences that say what is not installed, or ``""``."""
    said = []
    for find in (fluidsynth, sound_font, espeak):
        try:
            find()
        except MissingProgramError as error:
            said.append(error.message)
    if find_spec("mir_eval") is None:
        said.append("mir_eval is not installed: pip install --no-deps -r requirements-accuracy.txt.")
    return " ".join(said)


def fluidsynth() -> str:
    """Return where FluidSynth is; raises MissingProgramError."""
    return _program("fluidsynth", "fluidsynth")


def espeak() -> str:
    """Return where eSpeak is; raises MissingProgramError."""
    return _program("espeak-ng", "espeak-ng")


def sound_font() -> Path:
    """Return the sound font; raises MissingProgramError."""
    for path, _ in SOUND_FONTS:
        if path.is_file():
            return path
    names = " or ".join(package for _, package in SOUND_FONTS)
    raise MissingProgramError(f"There is no sound font: install Debian's package {names}.")


def _program(name: str, package: str) -> str:
    found = shutil.which(name)
    if found is None:
        raise MissingProgramError(f"{name} is not installed: install Debian's package {package}.")
    return found


def kept(home: Path, kind: str, recipe: Sequence[bytes | str], make: Callable[[Path], None]) -> Path:
    """Return the wav that ``recipe`` stands for; ``make`` writes it where it has not been made yet.

    Args:
        home: the benchmarks' home folder.
        kind: the folder below it.
        recipe: all that the sound depends on.
        make: writes the wav at a path.
    """
    digest = hashlib.sha256()
    for part in recipe:
        content = part.encode() if isinstance(part, str) else part
        digest.update(f"{len(content)} ".encode() + content)
    path = home / "accuracy" / kind / f"{digest.hexdigest()[:20]}.wav"
    if not path.is_file():
        path.parent.mkdir(parents=True, exist_ok=True)
        unfinished = path.with_suffix(".unfinished.wav")
        make(unfinished)
        unfinished.replace(path)
    return path


def played(home: Path, midi: bytes, seconds: float) -> Path:
    """Return a MIDI file's first ``seconds``, with FluidSynth's own reverb and chorus, faded out at the end.

    Raises:
        MissingProgramError: FluidSynth or a sound font is missing.
    """
    program, font = fluidsynth(), sound_font()

    def make(path: Path) -> None:
        score = path.with_suffix(".mid")
        score.write_bytes(midi)
        options = ["-ni", "-q", "-g", "0.5", "-r", str(RATE), "-O", "s16", "-T", "wav", "-F", str(path)]
        subprocess.run([program, *options, str(font), str(score)], check=True, capture_output=True)
        score.unlink()
        samples, rate = soundfile.read(path, dtype="float64", always_2d=True)
        samples = samples[: round(seconds * rate)]
        fade = min(len(samples), round(_FADE * rate))
        samples[len(samples) - fade :] *= np.linspace(1.0, 0.0, fade)[:, None]
        soundfile.write(path, samples, rate, subtype="PCM_16")

    return kept(home, "played", [f"2 {seconds}", font.name, str(font.stat().st_size), midi], make)
