"""Table 16: length and pitch changed by our own phase vocoder, by Rubber Band, and by what else a user would take."""

from __future__ import annotations

import math
import resource
import shutil
import subprocess
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from statistics import mean
from tempfile import TemporaryDirectory

import numpy as np
import soundfile
import torch
from numpy.typing import NDArray

from app.errors import HarpistError
from benchmarks.table import Options, Table, command
from benchmarks.tagbox_mixtures import MIXTURES, RATE
from endpoints.time_pitch.change import Change, Engine, Sound, of_length
from endpoints.time_pitch.rubber_band import RubberBand
from endpoints.time_pitch.vocoder import PhaseVocoder

COLUMNS = (
    "Who",
    "Pitch off, worst (cents)",
    "Stereo off, worst (dB / degrees)",
    "Attacks off, worst (ms)",
    "Before an attack, mean (dB)",
    "There and back, mixtures (dB)",
    "Processor time (s) a second",
)
CHANGES = (Change(1.5), Change(0.7), Change(pitch=2 ** (5 / 12)))
Samples = NDArray[np.float32]
Do = Callable[[Samples, Change], Samples]


@dataclass(frozen=True)
class Method:
    """What changes sound ``(channels, n)`` at :data:`RATE`."""

    name: str
    do: Do


def measure(options: Options) -> Table:
    """Measure every method that is on this machine."""
    torch.set_num_threads(1)
    with TemporaryDirectory(dir=options.home) as scratch:
        methods = _methods(Path(scratch))
        mixtures = MIXTURES[: 1 if options.quick else 6]
        sounds = [mixture.alone(2.0 if options.quick else 6.0).sum(0).astype(np.float32) for mixture in mixtures]
        return Table(COLUMNS, [_row(method, sounds) for method in methods])


def _methods(scratch: Path) -> list[Method]:
    methods = [Method("**Harpist**, phase vocoder", _by(PhaseVocoder()))]
    with suppress(HarpistError):
        methods.append(Method("Harpist, Rubber Band (R3)", _by(RubberBand())))
    if shutil.which("sox"):
        methods.append(Method("sox", lambda samples, change: _by_program(scratch, samples, _sox(change))))
    if shutil.which("soundstretch"):
        methods.append(Method("SoundTouch", lambda samples, change: _by_program(scratch, samples, _soundtouch(change))))
    return methods


def _by(engine: Engine) -> Do:
    def do(samples: Samples, change: Change) -> Samples:
        channels, length = samples.shape
        sound = Sound(RATE, channels, length, lambda: iter([samples]))
        blocks = of_length(engine.changed(sound, change), channels, change.length(length))
        return np.concatenate(list(blocks), axis=1)

    return do


def _sox(change: Change) -> list[str]:
    changed = ["tempo", "-m", f"{1 / change.time:.6f}"] if change.pitch == 1.0 else []
    return ["sox", "-D", "in.wav", "out.wav", *changed, *([] if changed else ["pitch", f"{_cents(change.pitch):.3f}"])]


def _soundtouch(change: Change) -> list[str]:
    tempo, pitch = 100 * (1 / change.time - 1), _cents(change.pitch) / 100
    return ["soundstretch", "in.wav", "out.wav", f"-tempo={tempo:.6f}", f"-pitch={pitch:.6f}"]


def _by_program(folder: Path, samples: Samples, line: list[str]) -> Samples:
    soundfile.write(folder / "in.wav", samples.T, RATE, "FLOAT" if line[0] == "sox" else "PCM_16")
    subprocess.run(line, cwd=folder, check=True, capture_output=True)
    made, _ = soundfile.read(folder / "out.wav", dtype="float32", always_2d=True)
    return made.T.copy()


def _cents(ratio: float) -> float:
    return 1200 * math.log2(ratio)


def _row(method: Method, sounds: list[Samples]) -> tuple[str, ...]:
    pitch = max(abs(_pitch_off(method, tone, change)) for tone in (110.0, 440.0, 3000.0) for change in CHANGES)
    stereo = [_stereo_off(method, change) for change in CHANGES]
    attacks = [_attacks(method, change) for change in CHANGES]
    there = [_there_and_back(method, sound, time) for sound in sounds for time in (1.5, 0.7)]
    begin, length = _used(), sum(sound.shape[1] for sound in sounds) / RATE
    for sound in sounds:
        method.do(sound, Change(1.3))
    return (
        method.name,
        f"{pitch:.2f}",
        f"{max(level for level, _ in stereo):.2f} / {max(angle for _, angle in stereo):.1f}",
        f"{max(off for off, _ in attacks):.1f}",
        f"{mean(before for _, before in attacks):.0f}",
        f"{mean(there):.2f}",
        f"{(_used() - begin) / length:.3f}",
    )


def _used() -> float:
    """Return the processor time of this process and of those that it has started (s)."""
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    return time.process_time() + children.ru_utime + children.ru_stime


def _pitch_off(method: Method, tone: float, change: Change) -> float:
    time = np.arange(3 * RATE) / RATE
    made = method.do(0.5 * np.sin(2 * np.pi * tone * time)[None].astype(np.float32), change)[0]
    middle = made[len(made) // 4 : -len(made) // 4]
    size = 1 << 20
    levels = np.abs(np.fft.rfft(middle * np.hanning(len(middle)), size))
    top = int(levels.argmax())
    low, at, high = np.log(levels[top - 1 : top + 2])
    found = (top + 0.5 * (low - high) / (low - 2 * at + high)) * RATE / size
    return _cents(found / (tone * change.pitch))


def _stereo_off(method: Method, change: Change) -> tuple[float, float]:
    """Return by how many dB and degrees two channels of a tone have moved against each other."""
    time = np.arange(3 * RATE) / RATE
    pair = np.stack([np.sin(2 * np.pi * 1000 * time), 0.3 * np.sin(2 * np.pi * 1000 * time + 1.0)])
    made = method.do(pair.astype(np.float32), change)
    middle = made[:, made.shape[1] // 4 : -made.shape[1] // 4]
    spectra = np.fft.rfft(middle * np.hanning(middle.shape[1]), axis=1)
    top = int(np.abs(spectra[0]).argmax())
    between = spectra[1, top] / spectra[0, top] / (0.3 * np.exp(1j))
    return abs(20 * math.log10(abs(between))), abs(math.degrees(np.angle(between)))


def _attacks(method: Method, change: Change) -> tuple[float, float]:
    """Return by how many ms the worst of some strokes is off, and how loud it is before strokes, in dB of them."""
    generator, made = np.random.default_rng(1), np.zeros(5 * RATE)
    at = np.arange(0.5, 4.5, 0.25)
    decay = np.exp(-np.arange(round(0.15 * RATE)) / (0.02 * RATE))
    for moment in at:
        made[round(moment * RATE) :][: len(decay)] += 0.3 * generator.standard_normal(len(decay)) * decay
    sound = method.do(made[None].astype(np.float32), change)[0]
    near, off, before = round(0.004 * RATE), [], []
    for moment in at * change.time * RATE:
        place = round(moment)
        around = np.convolve(sound[place - 8 * near : place + 8 * near] ** 2, np.ones(44) / 44, "same")
        off.append(abs(int(np.argmax(around > 0.5 * around.max())) - 8 * near) / RATE * 1000)
        begin = place - 8 * near + int(np.argmax(around > 0.5 * around.max()))
        earlier, stroke = sound[begin - 6 * near : begin - near], sound[begin : begin + 2 * near]
        before.append(10 * math.log10((float(np.mean(earlier**2)) + 1e-12) / float(np.mean(stroke**2))))
    return max(off), mean(before)


def _there_and_back(method: Method, sound: Samples, time: float) -> float:
    """Return how far the spectrum is off after a change of length and its contrary: dB, root mean square."""
    back = method.do(method.do(sound, Change(time)), Change(1 / time))
    length = min(sound.shape[1], back.shape[1])
    levels = [_levels(one[:, :length]) for one in (sound, back)]
    heard = levels[0] > levels[0].max() - 60
    return float(np.sqrt(np.mean((levels[0] - levels[1])[heard] ** 2)))


def _levels(sound: Samples) -> NDArray[np.float64]:
    """Return the levels of 40 bands a third of an octave and less wide, each 12 ms, ``(frames, bands)``, in dB."""
    size, hop = 2048, 512
    frames = np.lib.stride_tricks.sliding_window_view(sound.mean(0), size)[::hop] * np.hanning(size)
    power = np.abs(np.fft.rfft(frames)) ** 2
    edges = np.unique(np.geomspace(2, size // 2, 41).astype(int))
    bands = np.stack([power[:, low:high].sum(1) for low, high in pairwise(edges)], axis=1)
    return 10 * np.log10(np.maximum(bands, 1e-9))


if __name__ == "__main__":
    command("time_pitch", measure)
