"""What the knobs were set to as labels: one for each stretch in which they stay about where they are."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from app.harp.labels import LabelList, OutputLabel, argb
from endpoints.deepafx.chain import ChainPlan, Turns
from endpoints.deepafx.wording import knob_names, value_text

_COLOUR = argb(30, 90, 150)
_STAY = 0.1
"""Of a knob's range: what it may move within one label, at least."""

_POINTS = 6
"""Of a curve, half a second, that a label lasts at least: a glide is no setting."""

_MOST, _SHORTEST = 200, 1.0
"""Labels of a region; and how many seconds one lasts on average, at least."""

_NAMED = 3
"""Knobs on a label; its description has all."""


@dataclass(frozen=True)
class Stretch:
    """Points of a curve, from ``first`` until before ``end``, and their mean, ``(knobs,)``."""

    first: int
    end: int
    mean: Turns


def stretches(curve: Turns, most: int) -> list[Stretch]:
    """Divide a curve ``(points, knobs)`` into at most so many stretches in which no knob moves by much."""
    stay = _STAY
    while True:
        found, first = [], 0
        low, high = curve[0], curve[0]
        for point in range(1, len(curve) + 1):
            if point < len(curve):
                lower, upper = np.minimum(low, curve[point]), np.maximum(high, curve[point])
                if (upper - lower).max() <= stay or point - first < _POINTS:
                    low, high = lower, upper
                    continue
                low = high = curve[point]
            found.append(Stretch(first, point, curve[first:point].mean(axis=0)))
            first = point
        if len(found) <= most:
            return found
        stay *= 1.3


def settings_labels(plan: ChainPlan, curve: Turns, times: Turns, seconds: float) -> LabelList:
    """Return what the knobs were set to, and when that changed.

    Args:
        plan: whose knobs.
        curve: where they stood, ``(points, knobs)``.
        times: of the points, in seconds, ``(points,)``.
        seconds: the region's length.
    """
    names, made, before = knob_names(plan), [], plan.defaults
    parts = stretches(curve, min(_MOST, max(1, int(seconds / _SHORTEST))))
    for number, part in enumerate(parts):
        begin = 0.0 if number == 0 else min(float(times[part.first]), seconds)
        end = seconds if number + 1 == len(parts) else min(float(times[part.end]), seconds)
        told = [
            f"{name} {value_text(parameter, parameter.from_turn(turn))}"
            for name, parameter, turn in zip(names, plan.parameters, part.mean.tolist())
        ]
        moved = np.abs(part.mean - before)
        chief = sorted(np.argsort(-moved, kind="stable")[:_NAMED].tolist())
        text = ", ".join(told[knob] for knob in chief if moved[knob] > _STAY / 5 or len(parts) > 1)
        made.append(OutputLabel(begin, text or "All knobs neutral", max(0.0, end - begin), ", ".join(told), _COLOUR))
        before = part.mean
    return LabelList(tuple(made))
