"""Time-stamped annotations: HARP's label types and Audacity's label-track text."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
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
class OutputLabel(_TimedLabel):
    """A label above whatever HARP shows: sound or notes."""


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


Label = Union[OutputLabel, AudioLabel, SpectrogramLabel, MidiLabel]


@dataclass(frozen=True)
class LabelList:
    """Labels in the order of their start.

    Attributes:
        labels: the labels.
        notice: a sentence that whoever gets them should read, or ``""``.
        provenance: where they came from, as a JSON object; ``""`` where nobody says.
    """

    labels: tuple[Label, ...] = ()
    notice: str = ""
    provenance: str = field(default="", compare=False)


_SHORT = 60
"""Characters of a text that fit on a label."""


def text_label(text: str, provenance: str = "") -> LabelList:
    """Return a text as one label at the region's start: its beginning to be seen, all of it to be read on hover.

    >>> text_label("").labels
    ()
    """
    line = " ".join(text.split())
    if not line:
        return LabelList(provenance=provenance)
    short = line if len(line) <= _SHORT else line[: _SHORT - 1] + "…"
    return LabelList((OutputLabel(0.0, short, description=text),), provenance=provenance)


def argb(red: int, green: int, blue: int, alpha: int = 255) -> int:
    """Pack a colour (each part 0 to 255) the way HARP reads it."""
    return alpha << 24 | red << 16 | green << 8 | blue


def contrast_with_white(color: int) -> float:
    """Return the contrast, 1 to 21, of white text on an opaque ARGB colour (WCAG 2.2, “contrast ratio”).

    >>> contrast_with_white(argb(255, 255, 255)), contrast_with_white(argb(0, 0, 0))
    (1.0, 21.0)
    """
    parts = [(color >> shift & 255) / 255 for shift in (16, 8, 0)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    luminance = sum(weight * part for weight, part in zip((0.2126, 0.7152, 0.0722), linear))
    return round(1.05 / (luminance + 0.05), 6)


def audacity_text(labels: Iterable[Label]) -> str:
    """Write labels as Audacity's label-track text: start, end (seconds) and text, tab-separated, a line each."""
    lines = []
    for label in labels:
        text = " ".join(label.label.split())
        lines.append(f"{label.t:.6f}\t{label.t + (label.duration or 0.0):.6f}\t{text}\n")
    return "".join(lines)


def read_audacity_text(text: str) -> tuple[OutputLabel, ...]:
    r"""Read what :func:`audacity_text` has written; lines of another form are left out.

    >>> read_audacity_text("0.5\t1.0\tC\n\\\t100\t200\n")
    (OutputLabel(t=0.5, label='C', duration=0.5, description=None, color=0, link=None),)
    """
    labels = []
    for line in text.splitlines():
        start, _, rest = line.partition("\t")
        end, _, said = rest.partition("\t")
        try:
            labels.append(OutputLabel(float(start), said, float(end) - float(start)))
        except ValueError:
            continue
    return tuple(labels)
