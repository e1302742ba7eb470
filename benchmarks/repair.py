"""Table 17: damage mended whose original is known, by ours, by Audacity's effects, ffmpeg's filters and sox."""

from __future__ import annotations

import shutil
import subprocess
import time
from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

import numpy as np
import soundfile
import torch
from numpy.typing import NDArray

from app.endpoint import Region, TrackFile
from benchmarks.rivals.audacity_effects import Apply, audacity_effects
from benchmarks.table import Options, Table, command
from benchmarks.tagbox_mixtures import MIXTURES, RATE
from endpoints.repair.repair import AUTOMATIC, Repair

COLUMNS = (
    "Damage",
    "Damaged: SDR (dB)",
    "**Harpist**",
    "Audacity",
    "ffmpeg",
    "sox",
    "Harpist, s a second",
    "Unharmed: Harpist / Audacity / ffmpeg / sox",
)
Samples = NDArray[np.float64]
Damage = Callable[[Samples], Samples]
_SEEN = 6
"""Mixtures by which the limits of what counts as damage were chosen; the others are measured."""

_A_SECOND = 100
"""Crackles."""

_DEFAULTS = {"clicks": 50, "clipping": True, "hum": AUTOMATIC, "offset": True}


@dataclass(frozen=True)
class Case:
    """A damage, and what the other programs have for it; nothing where they have nothing.

    Attributes:
        name: of the damage.
        damage: does it.
        audacity: commands of its effects, with their values as they stand at first.
        ffmpeg: filters.
        sox: effects.
        lowered: how many dB softer Audacity's effect makes the sound, which is taken back.
    """

    name: str
    damage: Damage
    audacity: tuple[str, ...]
    ffmpeg: str
    sox: tuple[str, ...]
    lowered: float = 0.0


def _clicks(sound: Samples) -> Samples:
    generator, made = np.random.default_rng(1), sound.copy()
    for at in generator.integers(100, len(sound) - 100, len(sound) // 4000):
        length = generator.integers(1, 13)
        made[at : at + length] += np.abs(sound).max() * generator.uniform(0.1, 0.6) * generator.standard_normal(length)
    return made


def _crackle(sound: Samples) -> Samples:
    generator, made = np.random.default_rng(1), sound.copy()
    for at in generator.integers(100, len(sound) - 100, len(sound) * _A_SECOND // RATE):
        length = generator.integers(1, 5)
        height = np.abs(sound).max() * generator.uniform(0.02, 0.1) * generator.choice([-1, 1])
        made[at : at + length] += height * np.hanning(length + 2)[1:-1]
    return made


def _clipped(sound: Samples) -> Samples:
    level = 0.45 * np.abs(sound).max()
    return np.clip(sound, -level, level)


def _hum(sound: Samples) -> Samples:
    t = np.arange(len(sound)) / RATE
    return sound + 0.01 * sum(np.cos(2 * np.pi * 49.97 * k * t + k) / k for k in range(1, 8))


def _offset(sound: Samples) -> Samples:
    return sound + 0.02


_HARMONICS = range(1, 8)
_NOTCHES = ",".join(f"bandreject=f={50 * k}:width_type=h:w=4" for k in _HARMONICS)
_BELLS = tuple(word for k in _HARMONICS for word in ("bandreject", str(50 * k), "4h"))
CASES = (
    Case("clicks", _clicks, ("ClickRemoval: Threshold=200 Width=20",), "adeclick", ()),
    Case("crackle", _crackle, ("ClickRemoval: Threshold=200 Width=20",), "adeclick", ()),
    Case("clipping", _clipped, ("ClipFix: threshold=95 gain=-9",), "adeclip", (), lowered=9.0),
    Case("hum", _hum, tuple(f"NotchFilter: frequency={50 * k} q={12.5 * k}" for k in _HARMONICS), _NOTCHES, _BELLS),
    Case("DC offset", _offset, ("Normalize: ApplyGain=0 RemoveDcOffset=1",), "highpass=f=10", ("highpass", "10")),
)


def measure(options: Options) -> Table:
    """Measure every damage on renderings of two instruments each; a recording that is not damaged beside it."""
    torch.set_num_threads(1)
    seconds = 3.0 if options.quick else 6.0
    mixtures = MIXTURES[_SEEN : _SEEN + 1 if options.quick else None]
    sounds = [mixture.alone(seconds).sum(0)[0].astype(np.float64) for mixture in mixtures]
    sounds = [0.5 * sound / np.abs(sound).max() for sound in sounds]
    with TemporaryDirectory(dir=options.home) as scratch:
        folder = Path(scratch)
        with nullcontext() if options.quick else audacity_effects(folder) as apply:
            rows = [_row(case, sounds, apply, folder) for case in CASES]
    return Table(COLUMNS, rows)


def _row(case: Case, sounds: list[Samples], apply: Apply | None, folder: Path) -> tuple[str, ...]:
    damaged = [case.damage(sound) for sound in sounds]
    begin = time.process_time()
    ours = [_ours(sound, folder) for sound in damaged]
    used = (time.process_time() - begin) / (sum(map(len, sounds)) / RATE)
    lines = (("ffmpeg", _ffmpeg(case.ffmpeg)), ("sox", _sox(case.sox) if case.sox else []))
    theirs = [_audacitys(case, apply, damaged, folder)]
    theirs += [_others(program, line, damaged, folder) for program, line in lines]
    whole = [[_ours(sound, folder) for sound in sounds], _audacitys(case, apply, sounds, folder)]
    whole += [_others(program, line, sounds, folder) for program, line in lines]
    return (
        case.name,
        _sdr(sounds, damaged),
        f"**{_sdr(sounds, ours)}**",
        *(_sdr(sounds, made) for made in theirs),
        f"{used:.2f}",
        " / ".join(_sdr(sounds, made) for made in whole),
    )


def _ours(sound: Samples, folder: Path) -> Samples:
    soundfile.write(folder / "in.wav", sound, RATE, "FLOAT")
    region = Region((TrackFile(folder / "in.wav", "in.wav"),), folder)
    [made] = Repair().process(region, _DEFAULTS, _Silent())
    return _read(made.path)  # type: ignore[union-attr]


class _Silent:
    def report(self, fraction: float, said: str = "") -> None:
        """Take what a job tells."""


def _ffmpeg(filters: str) -> list[str]:
    return ["ffmpeg", "-v", "error", "-y", "-i", "in.wav", "-af", filters, "-c:a", "pcm_f32le", "out.wav"]


def _sox(effects: tuple[str, ...]) -> list[str]:
    return ["sox", "-D", "in.wav", "out.wav", *effects]


def _audacitys(case: Case, apply: Apply | None, sounds: list[Samples], folder: Path) -> list[Samples]:
    if apply is None:
        return []
    made = []
    for sound in sounds:
        soundfile.write(folder / "in.wav", sound, RATE, "FLOAT")
        made.append(10 ** (case.lowered / 20) * _read(apply(folder / "in.wav", case.audacity)))
    return made


def _others(program: str, line: list[str], sounds: list[Samples], folder: Path) -> list[Samples]:
    if not line or not shutil.which(program):
        return []
    made = []
    for sound in sounds:
        soundfile.write(folder / "in.wav", sound, RATE, "FLOAT")
        subprocess.run(line, cwd=folder, check=True, capture_output=True)
        made.append(_read(folder / "out.wav"))
    return made


def _read(path: Path) -> Samples:
    return soundfile.read(path, dtype="float64", always_2d=True)[0][:, 0]


def _sdr(sounds: list[Samples], others: list[Samples]) -> str:
    """Return the median of how near sounds are to their originals, in dB."""
    if not others:
        return "—"
    ratios = []
    for sound, other in zip(sounds, others, strict=True):
        off = float(((sound[: len(other)] - other[: len(sound)]) ** 2).sum())
        ratios.append(10 * np.log10(float((sound**2).sum()) / max(off, 1e-12)))
    middle = median(ratios)
    return "same" if middle > 100 else f"{middle:.1f}"


if __name__ == "__main__":
    command("repair", measure)
