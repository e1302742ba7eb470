"""Findings with sounds that break models: silence, a constant, full scale, a sample that is no number."""

from __future__ import annotations

import numpy as np

from app.audacitorch.checking.report import ERROR, WARNING, Finding, Kind
from app.audacitorch.checking.subject import Samples, Subject
from app.errors import ModelRunError

SILENCE_FAILS = Kind(
    "silence-fails",
    ERROR,
    "Every recording has pauses, and a stereo track one silent side at times.",
    "Add a small number to whatever is divided by, such as 1e-8 to a level; take logarithms of at least that.",
)
SILENCE_NOISE = Kind(
    "silence-noise",
    WARNING,
    "Pauses are filled with noise or a tone.",
    "Do not scale silence up; multiply the result with the level that was divided by.",
)
DC_FAILS = Kind(
    "dc-fails",
    ERROR,
    "Recordings of cheap converters have an offset, and a digital pause may be a constant.",
    "Add a small number to the standard deviation or level that is divided by.",
)
FULL_SCALE_FAILS = Kind(
    "full-scale-fails",
    ERROR,
    "Mastered music reaches full scale all the time.",
    "Do not assume that samples are smaller than 1; clamp inside forward if the model needs that.",
)
NAN_REMAINS = Kind(
    "nan-remains",
    ERROR,
    "After one broken file the model fails on every other, until it is loaded anew.",
    "Keep nothing from call to call; else replace what is no number: torch.nan_to_num(x).",
)

KINDS = (SILENCE_FAILS, SILENCE_NOISE, DC_FAILS, FULL_SCALE_FAILS, NAN_REMAINS)

_QUIET = -60.0
"""dB relative to full scale up to which the answer to silence counts as silence."""


def check_sounds(subject: Subject) -> list[Finding]:
    """Try sounds that are no noise and no music."""
    channels, length = subject.profile.channels, subject.usual
    silence = np.zeros((channels, length), np.float32)
    square = np.sign(np.sin(2 * np.pi * np.arange(length) * (0.01 + 1e-6))).astype(np.float32)
    found = _silence(subject, silence)
    for kind, what, sound in (
        (DC_FAILS, "A constant of 0.5", silence + np.float32(0.5)),
        (FULL_SCALE_FAILS, "A square wave at full scale", silence + square),
    ):
        if why := subject.failure(sound):
            found.append(kind.found(f"{what} fails: {why}."))
    return found + _nan(subject)


def _silence(subject: Subject, silence: Samples) -> list[Finding]:
    try:
        result = subject.run(silence)
    except ModelRunError as error:
        return [SILENCE_FAILS.found(f"{silence.shape[1] / subject.rate:g} s of silence fail: {error.message}")]
    if subject.profile.labels:
        return []
    level = 20 * float(np.log10(max(1e-10, np.sqrt(np.mean(np.square(result[0], dtype=np.float64), axis=1)).max())))
    if level <= _QUIET:
        return []
    return [SILENCE_NOISE.found(f"Silence comes back at {level:.0f} dB (RMS, relative to full scale).")]


def _nan(subject: Subject) -> list[Finding]:
    """Give the model a NaN, on which it may fail, and see whether it works as before afterwards."""
    clean = subject.sound(subject.usual)
    broken = clean.copy()
    broken[:, subject.usual // 2] = np.nan
    subject.failure(broken)
    why = subject.failure(clean)
    if not why:
        return []
    subject.reload()
    return [NAN_REMAINS.found(f"After one sample that is no number (NaN), clean sound fails: {why}.")]
