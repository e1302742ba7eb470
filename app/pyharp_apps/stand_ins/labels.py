"""pyharp's labels: the same records as :mod:`app.harp.labels`, but to be filled in after they were made."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

__all__ = ["AudioLabel", "LabelList", "MidiLabel", "OutputLabel", "SpectrogramLabel"]


@dataclass
class OutputLabel:
    """A label above whatever is shown.

    Attributes:
        t: start, in seconds.
        label: the text.
        duration: in seconds; 0 for a point in time.
        description: more text, or ``None``.
        color: ARGB as one int; 0 for none.
        link: a URL, or ``None``.
    """

    t: float
    label: str
    duration: float = 0.0
    description: str | None = None
    color: int = 0
    link: str | None = None

    def __post_init__(self) -> None:
        self.label_type = type(self).__name__

    @staticmethod
    def rgb_color_to_int(r: int, g: int, b: int, a: float = 0.5) -> int:
        """Return a colour; red, green and blue are 0 to 255, alpha is 0 to 1."""
        return round(a * 255) << 24 | int(r) << 16 | int(g) << 8 | int(b)

    @staticmethod
    def hex_color_to_int(hex: str, a: float = 0.5) -> int:  # noqa: A002
        """Return a colour that is written as ``"#ff8000"``; alpha is 0 to 1."""
        return round(a * 255) << 24 | int(hex.lstrip("#"), 16)


@dataclass
class AudioLabel(OutputLabel):
    """A label on the waveform; ``amplitude`` is its height there, -1 to 1."""

    amplitude: float | None = None


@dataclass
class SpectrogramLabel(OutputLabel):
    """A label on the spectrogram; ``frequency`` in Hz."""

    frequency: float | None = None


@dataclass
class MidiLabel(OutputLabel):
    """A label on a piano roll; ``pitch`` is a MIDI number."""

    pitch: float | None = None


@dataclass
class LabelList:
    """The labels of one output; ``meta`` tells HARP what they are."""

    meta: dict[str, str] = field(default_factory=dict)
    labels: list[Any] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.meta = {"_type": "pyharp.LabelList"}

    def append(self, label: Any) -> None:
        """Add a label."""
        self.labels.append(label)

    def extend(self, labels: Iterable[Any]) -> None:
        """Add several labels."""
        self.labels.extend(labels)

    def __iter__(self) -> Iterator[Any]:
        return iter(self.labels)

    def __getitem__(self, index: Any) -> Any:
        return self.labels[index]

    def __len__(self) -> int:
        return len(self.labels)
