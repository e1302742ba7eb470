"""The table: one line for each task and method, and what is to be said below it."""

from __future__ import annotations

from collections.abc import Callable
from importlib.util import find_spec

from benchmarks.accuracy import COLUMNS
from benchmarks.accuracy.comparing import Report
from benchmarks.accuracy.ours import Bundled
from benchmarks.accuracy.programs import MissingProgramError, missing, sound_font
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
from benchmarks.table import Options, Table

TASKS: dict[str, tuple[str, Callable[[Setting], Report]]] = {
    "beats": ("onsets-beats", beats),
    "downbeats": ("onsets-beats", downbeats),
    "onsets": ("onsets-beats", onsets),
    "notes": ("pitch-notes", melody_notes),
    "audio-to-midi": ("", polyphonic_notes),
    "round-trip": ("", round_trip),
    "chords": ("chords", chords),
    "key": ("key", keys),
    "voice-activity": ("voice-activity", voice_activity),
    "noise-reduction": ("noise-reduction", noise_reduction),
    "loudness": ("", loudness),
    "harmonic-percussive": ("harmonic-percussive", harmonic_percussive),
    "centre-extraction": ("centre-extraction", centre_extraction),
    "instruments": ("instruments", instruments),
}
"""By their names on the command line: the bundled model, or "" for an endpoint in Python; and the comparison."""

_IN_PYTHON = {
    "loudness": ("loudness",),
    "audio-to-midi": ("audio_to_midi",),
    "round-trip": ("audio_to_midi", "midi_synth"),
}
"""The packages of endpoints in Python that a task needs."""

_NOT_QUICK = ("downbeats", "harmonic-percussive", "centre-extraction", "instruments")
"""Tasks that the quick form leaves out: a model that it tries already, and sound that has to be played twice more."""


def measure(options: Options, wanted: tuple[str, ...] = ()) -> Table:
    """Make the table of all tasks, or of those that are ``wanted``.

    Raises:
        MissingProgramError: FluidSynth, a sound font, eSpeak or mir_eval is missing.
    """
    if sentences := missing():
        raise MissingProgramError(sentences)
    setting = Setting(options.home, Bundled(options.home), options.quick)
    report = Report()
    for name, (model, task) in TASKS.items():
        if name not in (wanted or TASKS) or (options.quick and not wanted and name in _NOT_QUICK):
            continue
        there = setting.bundled.has(model) if model else all(find_spec(f"endpoints.{one}") for one in _IN_PYTHON[name])
        if there:
            report.add(task(setting))
        else:
            report.notes.append(f"There is no harpist/{model or name}: {name} was not measured.")
    return Table(COLUMNS, report.rows, [*report.notes, f"Played with {sound_font().name}."])
