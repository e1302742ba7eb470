"""How a region is cut for a model: the same for the same region on every machine, whatever memory is free."""

from __future__ import annotations

from collections.abc import Sequence

from app.audacitorch.profile import Calibration
from app.audio.stream import StreamPlan

LABELER_STEPS = (2.5, 5.0, 10.0, 30.0, 60.0)
LABELER_OVERLAP = 10.0
"""Chunk lengths and what neighbours share, in seconds."""

UNTRIED_CHUNK = 10.0
"""Seconds that a model gets of which nothing better is known."""

_FADE = 0.01
"""Seconds of the cross-fade where chunks agree."""
_LONG_FADE, _SPOILED = 2.0, 1.0
"""Seconds of the cross-fade, and what is thrown away on either side of it, where chunks do not agree."""
_LEVEL_FADE = 8.0
"""Seconds of a cross-fade that levels are matched by: longer than most pauses, in which there is nothing to match."""


def effect_plan(
    samples: int, model_rate: int, calibration: Calibration | None = None, shortest: float = 0.0
) -> StreamPlan:
    """Return the plan for a region and an effect.

    A region that one chunk holds is one call of its own length: what the model makes of the whole region. So is a
    longer one where chunks would not give the same and memory allows it. Any other gets chunks of one length; the model
    never sees silence that is not in the region. Where the model is known to need only so much context, that is thrown
    away. Else neighbours share more, and are cross-faded where both are good; where the level of sound far away changes
    more than the result's level, they leave room for three times as much sound behind each (see
    :mod:`app.audacitorch.inference.at_level`).

    Args:
        samples: length of the region at the model's rate.
        model_rate: in Hz.
        calibration: what is known of the model.
        shortest: the least that the model was seen to work with, in seconds.
    """
    least = max(16, round(shortest * model_rate))
    longest = max(least, calibration.chunk if calibration else round(UNTRIED_CHUNK * model_rate))
    whole = calibration.whole if calibration else 0
    if samples <= max(longest, whole):
        return StreamPlan(model_rate, max(samples, least), 0)
    if calibration and calibration.bounded:
        return bounded_plan(model_rate, calibration.before, calibration.after, calibration.stride, longest)
    if calibration and calibration.by_level and not calibration.match_levels:
        longest = max(least, min(longest, max(longest, whole) // 4))
    levels = calibration is not None and calibration.match_levels and not calibration.by_level
    fade = min(round((_LEVEL_FADE if levels else _LONG_FADE) * model_rate), longest // (6 if levels else 10))
    spoiled = min(round(_SPOILED * model_rate), longest // 20)
    return StreamPlan(model_rate, longest, fade, spoiled, spoiled, 1, levels)


def bounded_plan(model_rate: int, before: int, after: int, stride: int, longest: int) -> StreamPlan:
    """Return the plan of the longest chunks up to ``longest`` that start on the stride; all in samples.

    Raises:
        ValueError: not even one stride fits.
    """
    fade = round(_FADE * model_rate)
    shared = before + fade + after
    hop = (longest - shared) // stride * stride
    if hop < 1:
        raise ValueError("no chunk of that length holds the context")
    return StreamPlan(model_rate, hop + shared, fade, before, after, stride)


def labeler_plan(seconds: float, model_rate: int, shortest: float = 0.0, grid: int = 1, context: int = 0) -> StreamPlan:
    """Return the plan for a region and a labeler: chunks of the shortest step that holds it whole, else the longest.

    Chunks start on the model's own grid, so that each has the frames that the whole region would have. Where the model
    must have heard some sound first, neighbours share that too; at most half a chunk is shared in all.

    Args:
        seconds: length of the region.
        model_rate: in Hz.
        shortest: the least that the model was seen to work with, in seconds.
        grid: samples from one of its frames to the next.
        context: samples before its labels are those of the whole region.
    """
    steps: Sequence[float] = [step for step in LABELER_STEPS if step >= shortest] or LABELER_STEPS[-1:]
    length = next((step for step in steps if step >= seconds), steps[-1])
    chunk = max(16, round(length * model_rate))
    shared = LABELER_OVERLAP if length > 2 * LABELER_OVERLAP else length / 4
    overlap = min(round(shared * model_rate), chunk // 2)
    before = 0
    if context and context + overlap // 2 <= chunk // 2:
        before, overlap = context, overlap // 2
    hop = chunk - before - overlap
    return StreamPlan(model_rate, chunk, chunk - before - (hop // grid * grid or hop), before)
