"""Notes of a melody against those that were played; pitches within half a semitone."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from app.audacitorch.note_names import note_pitch
from benchmarks.accuracy.comparing import OURS, Case, Method, Report, Scores, compare
from benchmarks.accuracy.peers import basic_pitch, librosa
from benchmarks.accuracy.tasks.setting import Setting, cases


def melody_notes(setting: Setting) -> Report:
    """Compare what turns a melody into notes."""
    ours = Method(OURS, "", lambda: _labelled(setting))
    peers = (basic_pitch.NOTES, librosa.PYIN)
    return compare(
        "Notes of melodies",
        cases(setting.melodies()),
        setting.methods(ours, peers),
        score_notes,
        "onset + pitch, 50 ms",
    )


def _labelled(setting: Setting) -> Callable[[Path], list[tuple[float, float, float]]]:
    run = setting.bundled.labels("pitch-notes")

    def notes(wav: Path) -> list[tuple[float, float, float]]:
        labels = [(label.t, label.t + (label.duration or 0.0), note_pitch(label.label)) for label in run(wav)]
        return [(start, end, float(midi)) for start, end, midi in labels if midi is not None]

    return notes


def score_notes(case: Case, found: Any) -> Scores:
    """Score notes, each start, end (s) and MIDI number, against a :class:`benchmarks.accuracy.truth.Truth`."""
    import mir_eval.transcription as scoring

    true = np.array([(note.start, note.end, note.midi) for note in case.truth.notes])
    own = np.array([note for note in found if note[1] > note[0]]).reshape(-1, 3)
    both = (true[:, :2], _hertz(true[:, 2]), own[:, :2], _hertz(own[:, 2]))

    def f(window: float, offsets: float | None = None) -> float:
        if not len(own):
            return 0.0
        return float(scoring.precision_recall_f1_overlap(*both, onset_tolerance=window, offset_ratio=offsets)[2])

    starts = scoring.onset_precision_recall_f1(true[:, :2], own[:, :2], onset_tolerance=0.05)[2] if len(own) else 0.0
    return {
        "onset, 50 ms": float(starts),
        "onset + pitch, 50 ms": f(0.05),
        "20 ms": f(0.02),
        "100 ms": f(0.1),
        "with the end, 50 ms": f(0.05, 0.2),
        "repeated notes found": _repeated(true, own),
    }


def _hertz(midi: Any) -> Any:
    return 440.0 * 2.0 ** ((midi - 69.0) / 12.0)


def _repeated(true: Any, own: Any) -> float:
    """Return the share of the notes with the pitch of the one before that begin a note of their own, within 100 ms."""
    again = true[1:][true[1:, 2] == true[:-1, 2]]
    if not len(again):
        return float("nan")
    near = [np.any((np.abs(own[:, 0] - start) <= 0.1) & (own[:, 2] == midi)) for start, _, midi in again]
    return float(np.mean(near))
