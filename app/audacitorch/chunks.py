"""How long a region's chunks are for a model that was not calibrated."""

from __future__ import annotations

from collections.abc import Sequence

from app.audio.stream import StreamPlan

EFFECT_STEPS = (2.5, 5.0, 10.0)
EFFECT_OVERLAP = 2.0
LABELER_STEPS = (2.5, 5.0, 10.0, 30.0, 60.0)
LABELER_OVERLAP = 10.0
"""Chunk lengths and what neighbours share, in seconds."""


def choose_plan(
    seconds: float, model_rate: int, steps: Sequence[float], overlap: float, shortest: float = 0.0
) -> StreamPlan:
    """Return a plan for a region: its chunks are the shortest step that holds it whole, else the longest step.

    Few lengths, since TorchScript compiles for each shape that it meets; short ones for short regions, since a chunk
    costs what its length costs, padding included.

    Args:
        seconds: length of the region.
        model_rate: in Hz.
        steps: chunk lengths in seconds, ascending.
        overlap: what two neighbours share, in seconds.
        shortest: the least that the model was seen to work with, in seconds.
    """
    allowed = [step for step in steps if step >= shortest] or [steps[-1]]
    length = next((step for step in allowed if step >= seconds), allowed[-1])
    chunk = max(16, round(length * model_rate))
    shared = overlap if length > 2 * overlap else length / 4
    return StreamPlan(model_rate, chunk, min(round(shared * model_rate), chunk // 2))
