"""What a score is made of, as symusic has it: everything counts in ticks."""

from __future__ import annotations

import copy
from dataclasses import dataclass, field

from app.midi.file import Event


@dataclass
class Note:
    """A note: ``time`` and ``duration`` in ticks, ``pitch`` and ``velocity`` 0 to 127."""

    time: int
    duration: int
    pitch: int
    velocity: int = 64

    @property
    def start(self) -> int:
        """The tick at which it starts."""
        return self.time

    @property
    def end(self) -> int:
        """The tick at which it ends."""
        return self.time + self.duration


@dataclass
class ControlChange:
    """A controller's value, 0 to 127."""

    time: int
    number: int
    value: int


@dataclass
class PitchBend:
    """The wheel's place, -8192 to 8191."""

    time: int
    value: int


@dataclass
class Tempo:
    """A tempo, in quarter notes a minute."""

    time: int
    qpm: float = 120.0

    @property
    def mspq(self) -> int:
        """Microseconds of a quarter note."""
        return round(60e6 / self.qpm)

    @property
    def tempo(self) -> float:
        """The same as ``qpm``."""
        return self.qpm


@dataclass
class TimeSignature:
    """A metre, such as 3 and 4."""

    time: int
    numerator: int
    denominator: int


@dataclass
class KeySignature:
    """A key: sharps (flats below 0), and 1 for minor."""

    time: int
    key: int
    tonality: int


@dataclass
class TextMeta:
    """A text at a tick, such as a marker."""

    time: int
    text: str


@dataclass
class Track:
    """What one instrument plays."""

    name: str = ""
    program: int = 0
    is_drum: bool = False
    notes: list[Note] = field(default_factory=list)
    controls: list[ControlChange] = field(default_factory=list)
    pitch_bends: list[PitchBend] = field(default_factory=list)
    channel: int | None = None
    others: list[Event] = field(default_factory=list, repr=False)

    def note_num(self) -> int:
        """How many notes it has."""
        return len(self.notes)

    def end(self) -> int:
        """The tick at which its last note ends."""
        return max((note.end for note in self.notes), default=0)

    def copy(self, deep: bool = True) -> Track:
        """Return one of its own."""
        return copy.deepcopy(self)

    def shift_pitch(self, offset: int, inplace: bool = False) -> Track:
        """Return it with every note higher by so many semitones."""
        track = self if inplace else self.copy()
        for note in track.notes:
            note.pitch += int(offset)
        return track
