"""Table 13: what each encoder that comes along makes of sound that it has not heard, beside nothing and set effects."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import soundfile
import torch

from app.audio.resample import Resampler, resampled_length
from benchmarks.accuracy.programs import MissingProgramError
from benchmarks.accuracy.recorded_voices import recorded_voices
from benchmarks.table import Options, Table, command
from endpoints.deepafx.encoder import RATE
from endpoints.deepafx.evaluating import compared
from endpoints.deepafx.folder import read_result
from endpoints.deepafx.pairs import Mono, Pair
from endpoints.deepafx.tasks.task import SourceError, Task
from endpoints.deepafx.tasks.tasks import TASKS

COLUMNS = ("Task", "Sound", "What", "MFCC cosine distance", "Mean abs. difference", "In phase", "Loss")
TRAINED = Path(__file__).parent.parent / "endpoints" / "deepafx" / "trained"
_OF_PEOPLE = ("auto-level", "nonspeech")
_LONGEST = 8.0
"""Seconds of each recorded voice."""


def measure(options: Options) -> Table:
    """Measure every encoder that comes along, on its task's held-out sound and on recorded voices."""
    torch.set_num_threads(1)
    rows: list[tuple[str, ...]] = []
    notes: list[str] = []
    for name, task in TASKS.items():
        folder = TRAINED / name
        if not folder.is_dir():
            notes.append(f"{name}: none comes along.")
            continue
        result = read_result(folder)
        for sound, pairs in _sounds(task, options, notes):
            found = compared(result, pairs, task.smoothing, task.usual, task.crossovers)
            for what, far in found.rows:
                shown = f"**{what}**" if what == "learnt" else what
                numbers = f"{far.mfcc:.4f}", f"{far.wave:.4f}", f"{far.in_phase:.4f}", f"{far.loss:.3f}"
                rows.append((task.title, sound, shown, *numbers))
            if by := found.weakest_by():
                notes.append(f"{task.title}, {sound}: by the {by}, something else is nearer.")
        if options.quick:
            break
    return Table(COLUMNS, rows, notes)


def _sounds(task: Task, options: Options, notes: list[str]) -> Iterator[tuple[str, Sequence[Pair]]]:
    try:
        pairs = task.pairs("held out")
        yield f"made, held out ({len(pairs)})", pairs[:1] if options.quick else pairs
    except SourceError as error:
        notes.append(f"{task.title}: {error.message}")
    if task.name not in _OF_PEOPLE or options.quick:
        return
    try:
        people = [_mono(voice.wav) for voice in recorded_voices(options.home)]
    except MissingProgramError as error:
        notes.append(f"{task.title} was not measured with recorded voices. {error.message}")
        return
    made = [task.pair(sound, np.random.default_rng([1, 900 + number])) for number, sound in enumerate(people)]
    yield f"recorded voices ({len(made)})", made


def _mono(path: Path) -> Mono:
    samples, rate = soundfile.read(path, dtype="float32", always_2d=True)
    mono = samples[: int(_LONGEST * rate)].mean(axis=1, dtype=np.float32)[None]
    resampler = Resampler(1, rate, RATE)
    parts = [resampler.push(mono), resampler.finish(resampled_length(mono.shape[1], rate, RATE))]
    sound: Mono = np.concatenate(parts, axis=1)[0]
    return sound


if __name__ == "__main__":
    command("deepafx", measure)
