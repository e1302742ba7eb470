"""Findings where a long region, which is processed in chunks, gets another result than the whole would."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace

import numpy as np

from app.audacitorch.checking.report import NOTE, WARNING, Finding, Kind
from app.audacitorch.checking.subject import Samples, Subject
from app.audacitorch.inference.at_level import at_level
from app.audacitorch.inference.chunks import effect_plan
from app.audacitorch.inference.levels import LevelMeter
from app.audacitorch.profile import Calibration
from app.audacitorch.trial.calibration import chunked
from app.audacitorch.trial.dependence import agreement, uneven_sound
from app.audacitorch.trial.timed_run import TooSlowError, Trial, peak_memory
from app.errors import ModelRunError

CHUNK_SEAMS = Kind(
    "chunk-seams",
    WARNING,
    "A long region is processed in chunks, and its result is another one than that of the whole: seams may be heard.",
    "Let a sample of the result depend on some seconds of sound around it only, not on its place, the input's length "
    "or its loudest sample.",
)
CHUNKS_DIFFER = Kind(
    "chunks-differ",
    NOTE,
    "A long region is processed in chunks, and its result is not quite that of the whole.",
    "Nothing needs mending if that is meant; normalising by the whole input's level is a common cause.",
)

KINDS = (CHUNK_SEAMS, CHUNKS_DIFFER)

_HEARD, _ALIKE = 40.0, 80.0
"""dB of agreement below which seams may be heard, and from which on chunks give what the whole gives."""
_MOST = 200.0
"""dB of agreement that stand for no difference at all."""
_FLOOR = np.float32(1e-4)
"""The level of a recording's pauses, relative to its sound."""
_MEMORY = 2**31
"""Bytes that the call with the whole may need."""


def check_chunks(subject: Subject) -> list[Finding]:
    """Compare a region of more than one chunk, cut as a server cuts it, with the model's result for the whole."""
    calibration = subject.profile.calibration
    if calibration is None or calibration.depends in ("chance", "unknown"):
        return []
    shortest = subject.profile.seconds
    length = round(1.6 * calibration.chunk) + 13
    plan = effect_plan(length, subject.rate, replace(calibration, whole=0), shortest)
    seconds = f"{plan.chunk / subject.rate:.3g} s"
    trial = Trial(
        subject.model, subject.profile.channels, subject.rate, max(0.0, subject.deadline - time.process_time())
    )
    trial.take_back(calibration.moved)
    try:
        half = max(64, min(length // 8, subject.usual))
        need = peak_memory(lambda: trial.run(subject.sound(half))) / half
        if need * length > _MEMORY or not trial.affords(3 * length):
            raise TooSlowError
        # Digital silence, in which a chunk may end or not, is for no recording.
        x = uneven_sound(trial, length, 3) + _FLOOR * np.resize(subject.sound(half, 4).T, (length, trial.channels)).T
        whole, cut = trial.run(x), chunked(_as_in_jobs(trial, x, calibration, shortest), x, plan)
        if not (whole.any() or cut.any()):
            subject.measured["chunks"] = f"of {seconds}; not compared, for the result is silence"
            return []
        level = min(_MOST, agreement(whole, cut))
    except TooSlowError:
        subject.measured["chunks"] = f"of {seconds}; not compared, for want of time"
        return []
    except (ModelRunError, ValueError):
        return []
    unlike = f"a difference {level:.0f} dB below the whole" if level < _MOST else "the same as the whole"
    subject.measured["chunks"] = f"of {seconds}, {unlike}"
    if level >= _ALIKE:
        return []
    longer = f" (of a region over {calibration.whole / subject.rate:.0f} s)" if calibration.whole else ""
    sentence = (
        f"In chunks of {seconds}{longer}, the result differs from that of the whole: they agree by {level:.0f} dB."
    )
    return [(CHUNK_SEAMS if level < _HEARD else CHUNKS_DIFFER).found(sentence)]


def _as_in_jobs(trial: Trial, x: Samples, calibration: Calibration, shortest: float) -> Callable[[Samples], Samples]:
    """Return how a job runs the model on each chunk of ``x (channels, n)``."""
    if not calibration.by_level:
        return trial.run
    meter = LevelMeter(len(x))
    meter.add(x)
    levelled = at_level(trial.run, trial.rate, replace(calibration, whole=0), shortest)
    return lambda chunk: levelled(chunk, meter.level())
