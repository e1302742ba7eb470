"""What a user of each HARP version sees of a result's labels.

HARP up to 2.2 has one display, on which it draws every label. From 3.0.1 on each output *file* gets a display, and
labels lie on those: without one, nothing is drawn and nothing is said. A label is as wide as a tenth of what is shown
or wider, around its middle, so that of two with the same middle, at the same height, the later one hides the earlier.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

HEIGHT = 0.25
"""Share of the display's height that a label takes."""
ABOVE = "above the display"
PURPLE = 0xCC800080


@dataclass(frozen=True)
class Seen:
    """A label that can be read."""

    text: str
    colour: int
    height: float | str


def seen(labels: Sequence[dict[str, Any]], displays: int) -> list[Seen]:
    """Return the labels that a user sees on so many displays; those that others hide are not among them."""
    if not displays:
        return []
    drawn = [(_middle(label), _height(label), label) for label in labels]
    return [
        Seen(label["label"], label.get("color") or PURPLE, height)
        for number, (middle, height, label) in enumerate(drawn)
        if not any(abs(later - middle) < 1e-4 and _touch(height, other) for later, other, _ in drawn[number + 1 :])
    ]


def _middle(label: dict[str, Any]) -> float:
    return label["t"] + label.get("duration", 0.0) / 2


def _height(label: dict[str, Any]) -> float | str:
    """Return the place of a label, 0 at the display's upper end and 1 at its lower, or :data:`ABOVE`."""
    if "amplitude" in label:
        return (1 - label["amplitude"]) / 2
    if "pitch" in label:
        return 1 - label["pitch"] / 128
    return ABOVE


def _touch(one: float | str, other: float | str) -> bool:
    if isinstance(one, str) or isinstance(other, str):
        return one == other
    return abs(one - other) < HEIGHT
