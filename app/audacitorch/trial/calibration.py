"""How a model may be cut into chunks, measured once when it is tried.

A model whose result depends on a bounded stretch of sound around each sample gets chunks with that much context, which
give what the whole region would. Any other gets the whole region where a fixed amount of memory allows that, else
chunks.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from app.audacitorch.inference.chunks import UNTRIED_CHUNK, bounded_plan
from app.audacitorch.inference.forward import Model
from app.audacitorch.profile import Calibration
from app.audacitorch.trial.delay import find_delay, is_sure
from app.audacitorch.trial.dependence import (
    agreement,
    find_stride,
    hears_level_only,
    reach,
    same_twice,
    uneven_sound,
)
from app.audacitorch.trial.memory_need import longest_chunk, memory_need
from app.audacitorch.trial.timed_run import Samples, TooSlowError, Trial, made_up_sound
from app.audio.overlap_add import OverlapAdd, StreamPlan, cut
from app.errors import ModelRunError

TIME_LIMIT = 25.0
"""Seconds of processor time that the trial of a model may take."""
AGREEMENT = 80.0
"""Decibels by which what chunks give must be like what the whole gives."""

_TRIAL_SECONDS = (2.5, 10.0, 20.0)
_FAST_SECONDS = (5.0, 10.0, 20.0)
_LONG_SECONDS = (60.0, 45.0, 30.0, 20.0, 15.0, 10.0, 5.0)
"""Chunk lengths; none above a minute, so that an hour needs no more memory than that."""
_LONGEST_WHOLE = 3600.0
"""Seconds of a region beyond which no model gets it as a whole."""
_MOST_SHARED = 20.0
"""Seconds of context beyond which most of the work would be thrown away."""
_MORE = 1.2
"""How much longer a context must be to be worth another try."""
_WORTH = 0.9
"""Share of the usual chunk's time below which another is called faster."""


def calibrate(
    model: Model,
    channels: int,
    rate: int,
    shortest: float,
    limit: float = TIME_LIMIT,
    settings: Sequence[Model] = (),
) -> Calibration:
    """Measure how an effect may be cut.

    All but which of several equivalent chunk lengths is fastest follows from the model alone, unless time runs out.

    Args:
        model: the model, on the CPU.
        channels: how many it takes at once.
        rate: its sample rate in Hz.
        shortest: an input length that it is known to work with, in seconds.
        limit: seconds of processor time that this may take.
        settings: the model with its own controls moved: chunks must give what the whole gives for each of them, too.
    """
    trial = Trial(model, channels, rate, limit)
    plain = Calibration("unknown", round(max(UNTRIED_CHUNK, shortest) * rate))
    try:
        result = _dependence(trial, shortest, plain, settings)
        if result.bounded and not all(_chunks_agree(trial.of(moved), shortest, result) for moved in settings):
            result = replace(result, depends="everything", before=0, after=0, stride=0)
        if result.bounded:
            return _with_fastest_chunk(trial, shortest, result)
        return _with_longest_chunk(trial, shortest, _with_level(trial, shortest, result))
    except (ModelRunError, TooSlowError, ValueError):
        # What fails here will say so where a person can read it; till then, chunks as for a model never tried.
        return plain


def _dependence(trial: Trial, shortest: float, plain: Calibration, settings: Sequence[Model]) -> Calibration:
    """Find what the result depends on, trying longer inputs where the shorter show no end of the context."""
    found = plain
    for seconds in _TRIAL_SECONDS:
        samples = max(64, round(seconds * trial.rate))
        if seconds < shortest or (found is not plain and not trial.affords(12 * samples, 0.5)):
            continue
        try:
            if found is plain:
                x = made_up_sound(trial.channels, samples, trial.rate, 0)
                y = trial.run(x)
                found = _late(trial, x, y, plain, settings)
                if found.taken_back:
                    y = trial.run(x)
                if not same_twice(trial, x, y):
                    return replace(found, depends="chance")
            heard = reach(trial, samples)
            found = replace(found, depends="everything", match_levels=heard.gain_only)
            if found.length == "unknown":
                found = replace(found, **vars(output_length(trial, samples)))
            if heard.ends:
                return _bounded(trial, samples, shortest, found, heard.sides)
        except TooSlowError:
            break
    return found


def _late(trial: Trial, x: Samples, y: Samples, plain: Calibration, settings: Sequence[Model]) -> Calibration:
    """Find whether results are late; from here on the trial takes back what is sure."""
    found = replace(plain, delay=find_delay(x, y))
    if found.delay and is_sure(trial, x, y, found.delay, settings):
        trial.take_back(found.delay)
        found = replace(found, taken_back=True)
    return found


def _with_level(trial: Trial, shortest: float, found: Calibration) -> Calibration:
    """Find whether a model that hears sound far away hears its level only."""
    if found.depends != "everything":
        return found
    try:
        return replace(found, by_level=hears_level_only(trial, round(max(_TRIAL_SECONDS[0], shortest) * trial.rate)))
    except TooSlowError:
        return found


def _bounded(
    trial: Trial, samples: int, shortest: float, found: Calibration, sides: Sequence[tuple[int, int]]
) -> Calibration:
    """Find the stride, and the least context of those measured, or somewhat above them, with which chunks agree."""
    enough = max(2 * sum(sides[0]), round(max(_TRIAL_SECONDS[0], shortest) * trial.rate))
    stride = find_stride(trial, min(samples, enough), *sides[0], found.multiple)
    if stride == 0:
        return replace(found, depends="position")
    last = sides[-1]
    tries = [sides[0]]
    for before, after in (*sides[1:], *((last[0] * more // 4, last[1] * more // 4) for more in (6, 9, 12))):
        if before + after > _MORE * sum(tries[-1]):
            tries.append((before, after))
    for before, after in tries:
        # The context was measured at places that need not lie on the stride.
        reached = [-(-(side + stride - 1) // stride) * stride if side else 0 for side in (before, after)]
        result = replace(found, depends="context", before=reached[0], after=reached[1], stride=stride)
        if sum(reached) <= _MOST_SHARED * trial.rate and _chunks_agree(trial, shortest, result):
            return result
    return found


def _chunks_agree(trial: Trial, shortest: float, found: Calibration) -> bool:
    """Whether a few chunks give what the whole gives."""
    chunk = found.before + found.after + max(found.before + found.after, trial.rate // 4, found.stride)
    chunk = max(chunk, round(shortest * trial.rate)) + 2 * found.stride + trial.rate // 50
    plan = bounded_plan(trial.rate, found.before, found.after, found.stride, chunk)
    samples = plan.chunk + plan.hop + plan.hop // 2 + 13
    x = uneven_sound(trial, samples, 3)
    return agreement(trial.run(x), chunked(trial.run, x, plan)) > AGREEMENT


def chunked(run: Callable[[Samples], Samples], x: Samples, plan: StreamPlan) -> Samples:
    """Run a model on ``x (channels, n)`` chunk by chunk; return ``(rows, n)``."""
    joiner = OverlapAdd(plan)
    parts = [joiner.add(run(piece.samples.astype(np.float32)), piece.moved) for piece in cut([x], plan)]
    joined: Samples = np.concatenate([*parts, joiner.finish()], axis=1)[:, : x.shape[1]]
    return joined


def _with_longest_chunk(trial: Trial, shortest: float, found: Calibration) -> Calibration:
    try:
        need = memory_need(trial, shortest)
    except TooSlowError:
        return found
    chunk = longest_chunk(need, shortest, _LONG_SECONDS, trial.rate)
    whole = min(need.longest(), round(_LONGEST_WHOLE * trial.rate))
    return replace(found, chunk=chunk, whole=whole if whole > chunk else 0)


def _with_fastest_chunk(trial: Trial, shortest: float, found: Calibration) -> Calibration:
    """Of the chunks that give the same, choose the one that takes least time for what is kept of it."""
    shared = found.before + found.after
    try:
        most = longest_chunk(memory_need(trial, shortest), shortest, _LONG_SECONDS, trial.rate)
        usual = min(most, max(found.chunk, 3 * shared))
        lengths = {round(seconds * trial.rate) for seconds in _FAST_SECONDS}
        lengths = {length for length in lengths if 3 * shared <= length <= most and length >= shortest * trial.rate}
    except TooSlowError:
        lengths, usual = set(), max(found.chunk, 3 * shared)
    usual = max(usual, shared + 2 * found.stride + trial.rate // 50)
    if not lengths - {usual}:
        return replace(found, chunk=usual)
    best, least = usual, _WORTH * _pace(trial, usual, shared)
    for length in sorted(lengths - {usual}):
        if (pace := _pace(trial, length, shared)) < least:
            best, least = length, pace
    return replace(found, chunk=best)


def _pace(trial: Trial, length: int, shared: int) -> float:
    """Return the seconds per sample that is kept; endless where there is no time to measure."""
    if not trial.affords(2 * length, 0.3):
        return float("inf")
    return trial.seconds(length) / (length - shared)


@dataclass(frozen=True)
class OutputLength:
    """How the length of a model's output follows from that of its input, as :class:`Calibration` has it."""

    length: str
    fewer: int = 0
    multiple: int = 0


def output_length(trial: Trial, samples: int) -> OutputLength:
    """Learn how long the output is for inputs of ``samples`` and a few more."""
    try:
        fewer = {n - trial.returned(n) for n in (samples + extra for extra in (0, 1, 2, 5, 11, 997))}
        if len(fewer) == 1:
            constant = fewer.pop()
            return OutputLength("same") if constant == 0 else OutputLength("constant", constant)
        first, jump = _next_jump(trial, samples)
        second, again = _next_jump(trial, first)
        multiple = second - first
        if jump == again == multiple and trial.returned(first) % multiple == 0:
            return OutputLength("multiple", multiple=multiple)
    except (TooSlowError, ModelRunError, ValueError):
        return OutputLength("unknown")
    return OutputLength("other")


def _next_jump(trial: Trial, length: int) -> tuple[int, int]:
    """Return the next longer input that gives another output length, and how much longer that is.

    Raises:
        ValueError: there is none near.
    """
    given = trial.returned(length)
    low, high = length, length + 1
    while trial.returned(high) == given:
        low, high = high, high + 2 * (high - length)
        if high > length + 100_000:
            raise ValueError("the length does not grow")
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if trial.returned(middle) != given else (middle, high)
    return high, trial.returned(high) - given
