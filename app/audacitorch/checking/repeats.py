"""Findings when the same sound is given twice: chance, and what a call leaves behind for the next."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from app.audacitorch.checking.report import WARNING, Finding, Kind
from app.audacitorch.checking.subject import Subject
from app.audacitorch.inference.precision import error_level

CHANCE = Kind(
    "chance",
    WARNING,
    "The user gets another result each time, and chunks of a long region do not fit together.",
    "Call torch.manual_seed in forward, or replace what is drawn by a constant; check that no dropout is left on: "
    "export calls eval().",
)
STATE = Kind(
    "state",
    WARNING,
    "What one user's sound leaves behind is heard in the next one's result, and a server restarts its processes at any "
    "time.",
    "Keep nothing in buffers or attributes from call to call; begin every call with the same state.",
)

KINDS = (CHANCE, STATE)

_SAME = -90.0
"""dB of a difference that rounding, by threads that add in another order, may make."""


def check_repeats(subject: Subject) -> list[Finding]:
    """Give the model the same sound with the same chance, after other sound, and with another chance."""
    sound, other = subject.sound(subject.usual, 1), 2.0 * subject.sound(subject.usual, 2)
    with torch.random.fork_rng(devices=[]):
        first = _seeded(subject, sound, 0)
        _seeded(subject, other, 0)
        after, reseeded = _seeded(subject, sound, 0), _seeded(subject, sound, 1)
    subject.reload()
    if (level := _difference(after, first)) > _SAME:
        return [STATE.found(f"The same sound, given again after another, has a result that differs by {level:.0f} dB.")]
    if (level := _difference(reseeded, after)) > _SAME:
        return [CHANCE.found(f"The same sound, given again, has a result that differs by {level:.0f} dB.")]
    return []


def _seeded(subject: Subject, sound: NDArray[np.float32], seed: int) -> list[NDArray[Any]]:
    torch.manual_seed(seed)
    return subject.run(sound)


def _difference(found: list[NDArray[Any]], expected: list[NDArray[Any]]) -> float:
    """Return the difference of two results in dB relative to the second; 0 where even their shapes differ."""
    level = error_level(found, expected)
    return 0.0 if level is None else level
