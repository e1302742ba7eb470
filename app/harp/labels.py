"""Time-stamped annotations: HARP's label types and Audacity's label-track text."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Union


@dataclass(frozen=True)
class _TimedLabel:
    """What every label has.

    Attributes:
        t: start, in seconds from the region's start.
        label: the text.
        duration: in seconds; ``None`` for a point in time.
        description: more text, shown on hover.
        color: ARGB as one int (``alpha << 24 | red << 16 | green << 8 | blue``); 0 for none.
        link: a URL, or ``None``.
    """

    t: float
    label: str
    duration: float | None = None
    description: str | None = None
    color: int = 0
    link: str | None = None


@dataclass(frozen=True)
class AudioLabel(_TimedLabel):
    """A label on the waveform; ``amplitude`` is its height there, -1 to 1, or ``None``."""

    amplitude: float | None = None


@dataclass(frozen=True)
class SpectrogramLabel(_TimedLabel):
    """A label on the spectrogram; ``frequency`` in Hz, or ``None``."""

    frequency: float | None = None


@dataclass(frozen=True)
class MidiLabel(_TimedLabel):
    """A label on a piano roll; ``pitch`` is a MIDI number, or ``None``."""

    pitch: float | None = None


Label = Union[AudioLabel, SpectrogramLabel, MidiLabel]


@dataclass(frozen=True)
class LabelList:
    """Labels in the order of their start, and a sentence that whoever gets them should read, or ``""``."""

    labels: tuple[Label, ...] = ()
    notice: str = ""


def argb(red: int, green: int, blue: int, alpha: int = 255) -> int:
    """Pack a colour (each part 0 to 255) the way HARP reads it."""
    return alpha << 24 | red << 16 | green << 8 | blue


def audacity_text(labels: Iterable[Label]) -> str:
    """Write labels as Audacity's label-track text: start, end (seconds) and text, tab-separated, a line each."""
    lines = []
    for label in labels:
        text = " ".join(label.label.split())
        lines.append(f"{label.t:.6f}\t{label.t + (label.duration or 0.0):.6f}\t{text}\n")
    return "".join(lines)
