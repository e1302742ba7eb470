"""Findings when the input is short, long or of an odd length: failures, and how long and how late the result is."""

from __future__ import annotations

import math

import numpy as np

from app.audacitorch.checking.report import ERROR, WARNING, Finding, Kind
from app.audacitorch.checking.subject import Samples, Subject
from app.audacitorch.trial.delay import find_delay
from app.audacitorch.trial.timed_run import peak_memory
from app.errors import ModelRunError

ODD_LENGTH = Kind(
    "odd-length",
    ERROR,
    "A user's selection has any length; most of them would fail.",
    "Pad the input inside forward to the multiple that the model needs, and cut the result to x.shape[1] samples. A "
    "traced model keeps the length that it was traced with: script it.",
)
SHORT_INPUT = Kind(
    "short-input",
    WARNING,
    "A short selection fails in programs that do not fill it up with silence, as this server does.",
    "Pad short inputs with zeros inside forward, and cut the result to x.shape[1] samples.",
)
LONG_INPUT = Kind(
    "long-input",
    ERROR,
    "A long selection fails in programs that give it to the model as a whole.",
    "Look for tables of a fixed length, such as positions, and for sizes that are constants from tracing.",
)
FEWER_SAMPLES = Kind(
    "fewer-samples",
    WARNING,
    "The result is shorter than what was selected; the end is filled with silence, or is out of step.",
    "Pad the input inside forward (half a frame on either side for a transform, a whole stride for strided "
    "convolutions) and cut the result to x.shape[1] samples.",
)
MORE_SAMPLES = Kind(
    "more-samples",
    WARNING,
    "The result is longer than what was selected and overlaps what follows, or is cut.",
    "Cut the result to x.shape[1] samples at the end of forward.",
)
DELAY = Kind(
    "delay",
    WARNING,
    "The result is out of step with the other tracks; mixed with the input it sounds hollow.",
    "Pad the input at its end by as many samples, and cut as many from the beginning of the result.",
)
ROWS_CHANGE = Kind(
    "rows-change",
    ERROR,
    "The number of tracks that comes back must not depend on the sound: programs have shown them before.",
    "Always return the same number of rows; silence for a source that is not there.",
)

KINDS = (ODD_LENGTH, SHORT_INPUT, LONG_INPUT, FEWER_SAMPLES, MORE_SAMPLES, DELAY, ROWS_CHANGE)

_EXTRA = (0, 1, 2, 5, 11, 64, 997)
"""Samples beyond the usual length."""
_SHORTEST = 16
"""Samples below which no program goes; the format's own base class refuses a single one."""
_SHORT = (1, 2, 16, 31, 64, 127, 256, 511, 1024, 2047, 4096, 8191, 16384, 32767, 65536)
_LONG = (5.0, 20.0, 60.0, 180.0)
_SHARE = 0.5
"""Of the time that is left, what a long input may take: others are to come."""
_MEMORY = 2**30
"""Bytes that a long call may need by what a shorter one needs."""


def check_lengths(subject: Subject) -> list[Finding]:
    """Try many lengths."""
    found = _odd(subject)
    if not found:
        found = [*_short(subject), *_long(subject)]
    return [*found, *_late(subject)]


def _odd(subject: Subject) -> list[Finding]:
    """Try lengths a little above the usual one, which no tracing or framing has in mind."""
    failed: list[str] = []
    lengths: dict[int, int] = {}
    rows = set()
    for extra in _EXTRA:
        length = subject.usual + extra
        if lengths and not subject.affords(length):
            break
        try:
            result = subject.run(subject.sound(length))
        except ModelRunError as error:
            failed.append(f"{length} samples fail: {error.message}")
            continue
        lengths[length] = result[0].shape[1] if not subject.profile.labels else length
        rows.add(len(result[0]))
    if failed:
        tried = len(failed) + len(lengths)
        return [ODD_LENGTH.found(f"{len(failed)} of {tried} neighbouring lengths fail; {failed[0]}")]
    if not subject.profile.labels and len(rows) > 1:
        return [ROWS_CHANGE.found(f"The model returns {min(rows)} to {max(rows)} rows, by the input's length.")]
    return _difference(lengths, subject.rate)


def _difference(lengths: dict[int, int], rate: int) -> list[Finding]:
    """Tell how much longer or shorter results are than their inputs; lengths in samples, by the input's."""
    fewer = sorted({given - returned for given, returned in lengths.items()})
    most = fewer[-1] if fewer[-1] > 0 else -fewer[0]
    if most <= 0:
        return []
    word, kind = ("fewer", FEWER_SAMPLES) if fewer[-1] > 0 else ("more", MORE_SAMPLES)
    least = abs(fewer[0] if kind is FEWER_SAMPLES else fewer[-1])
    count = f"{most} sample{'s' if most > 1 else ''}"
    often = f"always returns {count}" if len(fewer) == 1 else f"returns {least} to {count}"
    return [kind.found(f"The model {often} {word} than it is given ({1000 * most / rate:.1f} ms).")]


def _short(subject: Subject) -> list[Finding]:
    """Find the shortest input that the model, and every longer one, works with."""
    lengths = [length for length in _SHORT if length < subject.usual]
    fails, why = 0, ""
    for length in reversed(lengths):
        if found := subject.failure(subject.sound(length)):
            fails, why = length, found
            break
    works = min([length for length in lengths if length > fails], default=subject.usual)
    while works - fails > 1:
        middle = (works + fails) // 2
        if found := subject.failure(subject.sound(middle)):
            fails, why = middle, found
        else:
            works = middle
    subject.measured["shortest input"] = (
        f"{works} sample{'s' if works > 1 else ''} ({1000 * works / subject.rate:.3g} ms)"
    )
    if works <= _SHORTEST:
        return []
    ms = 1000 * works / subject.rate
    return [SHORT_INPUT.found(f"Inputs of fewer than {works} samples ({ms:.3g} ms) fail: {why}.")]


def _long(subject: Subject) -> list[Finding]:
    """Try longer and longer inputs, as far as time and memory allow.

    Both grow with the length, or, as those of attention do, with its square: memory as it did last, time at worst.
    """
    sound = subject.sound(subject.usual)
    done, need, power = subject.usual, peak_memory(lambda: subject.run(sound)), 2.0
    for seconds in _LONG:
        length = round(seconds * subject.rate) + 1
        growth = length / done
        if growth <= 1:
            continue
        if need * growth**power > _MEMORY or not subject.affords(round(growth * length / _SHARE)):
            break
        subject.measured["longest input tried"] = f"{seconds:g} s"
        why, needed = _failure_and_memory(subject, np.resize(sound.T, (length, len(sound))).T.copy())
        if why:
            return [LONG_INPUT.found(f"{seconds:g} s of sound fail: {why}.")]
        power = min(2.0, max(1.0, math.log(max(1, needed) / max(1, need)) / math.log(growth)))
        done, need = length, needed
    return []


def _failure_and_memory(subject: Subject, x: Samples) -> tuple[str, int]:
    failures: list[str] = []
    needed = peak_memory(lambda: failures.append(subject.failure(x)))
    return failures[0], needed


def _late(subject: Subject) -> list[Finding]:
    """Tell by how much the result is late, or a row of it."""
    if subject.profile.labels:
        return []
    calibration = subject.profile.calibration
    *rows, whole = _delays(subject) or [calibration.delay if calibration else 0]
    delay, what = whole, "its result"
    if len(set(rows)) == 1:
        delay = rows[0] or whole
    elif any(rows):
        row, delay = next((row, late) for row, late in enumerate(rows, start=1) if late)
        what = f"row {row} of its result"
    if not delay:
        return []
    late = f"{abs(delay)} samples ({1000 * abs(delay) / subject.rate:.1f} ms) {'late' if delay > 0 else 'early'}"
    return [DELAY.found(f"The model returns {what} {late}.")]


def _delays(subject: Subject) -> list[int]:
    """Return by how many samples each row, and their sum, is a late copy of the input; nothing where that fails.

    The input's second half is silence, so that a late copy of the first half is whole.
    """
    sound = subject.sound(subject.usual, 5)
    x = np.concatenate([sound, np.zeros_like(sound)], axis=1)
    if not subject.affords(x.shape[1]):
        return []
    try:
        (y,) = subject.run(x)
    except ModelRunError:
        return []
    return [find_delay(x, row[None]) for row in (*y, y.sum(axis=0))]
