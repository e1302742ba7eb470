"""The table: one line for each task and method, and what is to be said below it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from importlib.util import find_spec
from itertools import groupby

from benchmarks.accuracy import COLUMNS
from benchmarks.accuracy.comparing import Report, Weakness
from benchmarks.accuracy.ours import Bundled
from benchmarks.accuracy.programs import MissingProgramError, missing, sound_font
from benchmarks.accuracy.results import Result, result
from benchmarks.accuracy.tasks.beats import beats, downbeats
from benchmarks.accuracy.tasks.centre import centre_extraction
from benchmarks.accuracy.tasks.denoising import noise_reduction
from benchmarks.accuracy.tasks.harmony import chords, keys
from benchmarks.accuracy.tasks.instruments import instruments
from benchmarks.accuracy.tasks.loudness import loudness
from benchmarks.accuracy.tasks.notes import melody_notes
from benchmarks.accuracy.tasks.onsets import onsets
from benchmarks.accuracy.tasks.polyphony import polyphonic_notes, round_trip
from benchmarks.accuracy.tasks.separation import harmonic_percussive
from benchmarks.accuracy.tasks.setting import Setting
from benchmarks.accuracy.tasks.voice_activity import voice_activity
from benchmarks.table import Options, Table, machine

TASKS: dict[str, tuple[str, Callable[[Setting], Report]]] = {
    "beats": ("onsets-beats", beats),
    "downbeats": ("onsets-beats", downbeats),
    "onsets": ("onsets-beats", onsets),
    "notes": ("pitch-notes", melody_notes),
    "audio-to-midi": ("audio-to-midi", polyphonic_notes),
    "round-trip": ("midi-synth", round_trip),
    "chords": ("chords", chords),
    "key": ("key", keys),
    "voice-activity": ("voice-activity", voice_activity),
    "noise-reduction": ("noise-reduction", noise_reduction),
    "loudness": ("loudness", loudness),
    "harmonic-percussive": ("harmonic-percussive", harmonic_percussive),
    "centre-extraction": ("centre-extraction", centre_extraction),
    "instruments": ("instruments", instruments),
}
"""By their names on the command line: the id of ours, without its owner; and the comparison."""

_IN_PYTHON = {
    "loudness": ("loudness",),
    "audio-to-midi": ("audio_to_midi",),
    "round-trip": ("audio_to_midi", "midi_synth"),
}
"""The packages of endpoints in Python that a task needs; the others need a bundled model."""

_NOT_QUICK = ("downbeats", "harmonic-percussive", "centre-extraction", "instruments")
"""Tasks that the quick form leaves out: a model that it tries already, and sound that has to be played twice more."""


def measure(options: Options, wanted: Sequence[str] = ()) -> Iterator[Result]:
    """Measure all tasks, or those that are ``wanted``, one after the other.

    Raises:
        MissingProgramError: FluidSynth, a sound font, eSpeak or mir_eval is missing.
    """
    if sentences := missing():
        raise MissingProgramError(sentences)
    setting = Setting(options.home, Bundled(options.home), options.quick)
    for name, (ours, task) in TASKS.items():
        if name not in (wanted or TASKS) or (options.quick and not wanted and name in _NOT_QUICK):
            continue
        packages = _IN_PYTHON.get(name, ())
        if all(find_spec(f"endpoints.{package}") for package in packages) and (packages or setting.bundled.has(ours)):
            report = task(setting)
        else:
            report = Report(notes=[f"There is no harpist/{ours}: {name} was not measured."])
        yield result(name, ours, report, machine())


def table(results: Mapping[str, Result]) -> str:
    """Return the table of results as Markdown: each task's lines, and below them what else is to be said of it."""
    there = [results[name] for name in TASKS if name in results]
    rows = [row for one in there for row in one.rows]
    notes = [line for one in there for line in (*one.notes, *_worst(one.worst))]
    return Table(COLUMNS, rows, [*notes, f"Played with {sound_font().name}.", *_machines(there)]).text()


def _worst(weak: Sequence[Weakness]) -> Iterator[str]:
    """Yield a line for each comparison: where ours is worst, and what the best of the others has there."""
    for (task, score), group in groupby(weak, key=lambda one: (one.task, one.score)):
        cases = [f"{one.case} {one.value}{f' ({one.peer})' if one.peer else ''}" for one in group]
        yield f"{task}, our three worst by {score}, and the best of the others there: {'; '.join(cases)}."


def _machines(results: Sequence[Result]) -> Iterator[str]:
    by_machine: dict[str, list[str]] = {}
    for one in results:
        by_machine.setdefault(one.machine, []).append(one.task)
    for line, tasks in by_machine.items():
        yield line if len(by_machine) == 1 else f"{', '.join(tasks)}: {line}"
