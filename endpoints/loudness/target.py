"""How much gain brings a sound to a target, and how hard it has to be limited for that."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

from endpoints.loudness.meter import Measured

_NEAR = 0.05
"""LU from the target that are near enough."""

_TRIES = 8
_MOST_LIMITING = 24.0
"""Decibels by which a peak may be pushed over the ceiling: what needs more, no limiter brings to the target."""

_MARGIN = 0.1
"""Decibels under the ceiling: other meters, whose filters are not ours, read up to so much more."""

_SPILL = 0.02
"""Decibels of the margin that a limiter may take."""


@dataclass(frozen=True)
class Plan:
    """What is to be done with a sound.

    Attributes:
        gain: dB, before a limiter.
        limit: dBTP, the limiter's own ceiling; ``None``: no limiter.
        trim: dB, after the limiter, at most 0.
        loudness: LUFS that it will have.
        peak: dBTP that it will have.
        held_back: whether the ceiling keeps it from the target.
    """

    gain: float
    limit: float | None = None
    trim: float = 0.0
    loudness: float = -math.inf
    peak: float = -math.inf
    held_back: bool = False


def plain_gain(measured: Measured, target: float, ceiling: float) -> Plan:
    """Plan a gain alone, as much as the ceiling lets through.

    Args:
        measured: the sound, of which some is audible.
        target: LUFS.
        ceiling: dBTP.
    """
    gain = 0.0
    # The gate at -70 LUFS stays where it is, so that what is quieter than the target may gain more than the gain.
    for _ in range(_TRIES):
        gain += target - measured.integrated(10 ** (gain / 20))
    room = ceiling - _MARGIN - measured.peak.decibels
    held_back = gain > room
    gain = min(gain, room)
    loudness = measured.integrated(10 ** (gain / 20))
    return Plan(gain, None, 0.0, loudness, measured.peak.decibels + gain, held_back)


def limited(measured: Measured, target: float, ceiling: float, hear: Callable[[float, float], Measured]) -> Plan:
    """Plan a gain before a limiter, by trying: what the limiter takes away, the gain gives back.

    Args:
        measured: the sound as it is.
        target: LUFS.
        ceiling: dBTP.
        hear: measures the sound after a gain (dB) and a limiter of a ceiling (dBTP).
    """
    start = plain_gain(measured, target, math.inf).gain
    most = ceiling - measured.peak.decibels + _MOST_LIMITING
    gain, limit = min(start, most), ceiling - _MARGIN
    before: tuple[float, float] | None = None
    for _ in range(_TRIES):
        heard = hear(gain, limit)
        loudness, over = heard.integrated(), heard.peak.decibels - (ceiling - _MARGIN)
        trim = -over if over > _SPILL else 0.0
        plan = Plan(gain, limit, trim, loudness + trim, heard.peak.decibels + trim)
        missing = target - loudness
        near = abs(missing) <= _NEAR or (gain == most and missing > 0)
        if near and trim == 0.0:
            break
        limit += 1.2 * trim
        slope = 1.0 if before is None or gain == before[0] else (loudness - before[1]) / (gain - before[0])
        before = gain, loudness
        gain = min(gain + (0.0 if near else missing / min(1.0, max(0.1, slope))), most)
    return Plan(plan.gain, plan.limit, plan.trim, plan.loudness, plan.peak, target - plan.loudness > 0.1)
