"""A project in the form of Audacity 1.3 to 2.4 (``.aup``, XML), which Audacity 3 imports as one step to undo.

It names sound files, which Audacity copies, with the place of each to the sample; no other import has places or labels.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from xml.sax.saxutils import quoteattr

from app.harp.labels import Label

_BLOCK = 131072
"""Samples of a block: half of what Audacity takes at most."""
_FLOAT = 0x0004000F
"""Its number for samples in 32-bit float."""
_HEAD = '<?xml version="1.0" standalone="no" ?>\n<project projname="{data}" version="1.3.0" audacityversion="2.4.2">\n'


@dataclass(frozen=True)
class NewSound:
    """A track of sound to be made.

    Attributes:
        name: of the track.
        file: uncompressed or FLAC, one or two channels.
        channels: how many.
        rate: in Hz.
        samples: per channel.
        start: in seconds from the project's begin.
    """

    name: str
    file: Path
    channels: int
    rate: int
    samples: int
    start: float


@dataclass(frozen=True)
class NewLabels:
    """A label track to be made; its labels' times count from ``start`` (s)."""

    name: str
    labels: Sequence[Label]
    start: float


def write_project(path: Path, tracks: Sequence[NewSound | NewLabels]) -> None:
    """Write such a project, and the empty folder that belongs to it.

    Args:
        path: ends with ``.aup``.
        tracks: from the top.

    Raises:
        OSError: it cannot be written.
    """
    data = path.with_name(f"{path.stem}_data")
    data.mkdir(mode=0o700)
    with path.open("w", encoding="utf-8") as file:
        file.write(_HEAD.format(data=data.name))
        for number, track in enumerate(tracks):
            file.writelines(_labels(track) if isinstance(track, NewLabels) else _sound(track, number))
        file.write("</project>\n")


def _sound(track: NewSound, number: int) -> list[str]:
    lines = []
    for channel in range(track.channels):
        side = 2 if track.channels == 1 else channel
        linked = int(track.channels == 2 and channel == 0)
        lines.append(
            f'<wavetrack name={_value(track.name)} channel="{side}" linked="{linked}" rate="{track.rate}" gain="1.0" '
            f'pan="0.0"><waveclip offset="{track.start!r}"><sequence maxsamples="{2 * _BLOCK}" '
            f'sampleformat="{_FLOAT}" numsamples="{track.samples}">\n'
        )
        for start in range(0, track.samples, _BLOCK):
            length = min(_BLOCK, track.samples - start)
            lines.append(
                f'<waveblock start="{start}"><pcmaliasblockfile summaryfile="{number}-{channel}-{start}.auf" '
                f'aliasfile={_value(str(track.file))} aliasstart="{start}" aliaslen="{length}" '
                f'aliaschannel="{channel}"/></waveblock>\n'
            )
        lines.append("</sequence></waveclip></wavetrack>\n")
    return lines


def _labels(track: NewLabels) -> list[str]:
    lines = [f'<labeltrack name={_value(track.name)} numlabels="{len(track.labels)}">\n']
    for label in track.labels:
        start = track.start + label.t
        end = start + (label.duration or 0.0)
        lines.append(f'<label t="{start:.9f}" t1="{end:.9f}" title={_value(" ".join(label.label.split()))}/>\n')
    return [*lines, "</labeltrack>\n"]


def _value(text: str) -> str:
    """Return a text as an attribute's value, without what XML has no place for."""
    return quoteattr("".join(letter if letter.isprintable() else " " for letter in text))
