"""A MIDI file as plain data: events at ticks, track by track."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

META, SYSEX, ESCAPE = 0xFF, 0xF0, 0xF7
"""First bytes of what is no channel message."""

TRACK_NAME, INSTRUMENT_NAME, LYRIC, MARKER = 0x03, 0x04, 0x05, 0x06
END_OF_TRACK, TEMPO, TIME_SIGNATURE, KEY_SIGNATURE = 0x2F, 0x51, 0x58, 0x59

NOTE_OFF, NOTE_ON, KEY_PRESSURE, CONTROLLER, PROGRAM, CHANNEL_PRESSURE, PITCH_BEND = range(0x80, 0xF0, 0x10)
"""Status bytes of channel messages, for channel 0."""

DRUMS = 9
"""General MIDI's channel of drums, counted from 0: its pitches are instruments."""


class Event(NamedTuple):
    """What happens at one moment. A tuple, since a file may hold a million.

    Attributes:
        tick: when, in ticks from the track's start.
        data: a channel message with its status byte; of a meta event ``FF``, its type and its content; of a system
            exclusive message ``F0`` or ``F7`` and its content. Their lengths are left out.
    """

    tick: int
    data: bytes

    @property
    def kind(self) -> int:
        """The status byte without its channel (such as :data:`NOTE_ON`), or ``F0``, ``F7``, ``FF``."""
        return self.data[0] & 0xF0 if self.data[0] < 0xF0 else self.data[0]

    @property
    def channel(self) -> int:
        """The channel of a channel message, from 0."""
        return self.data[0] & 0x0F

    @property
    def meta(self) -> int:
        """The type of a meta event (such as :data:`TEMPO`); -1 for any other event."""
        return self.data[1] if self.data[0] == META else -1

    @property
    def starts_note(self) -> bool:
        """Whether a note starts; a note-on of no velocity ends one."""
        return self.data[0] & 0xF0 == NOTE_ON and self.data[2] > 0

    @property
    def ends_note(self) -> bool:
        """Whether a note ends."""
        return self.data[0] & 0xF0 == NOTE_OFF or (self.data[0] & 0xF0 == NOTE_ON and self.data[2] == 0)


Track = tuple[Event, ...]
"""Events in the order of their ticks; the last one is the end of the track."""


@dataclass(frozen=True)
class MidiFile:
    """A standard MIDI file.

    Attributes:
        format: 0 (one track), 1 (tracks that play together) or 2 (tracks that are pieces of their own).
        division: what a tick is, as the header says it: see :attr:`ticks_per_quarter` and :attr:`ticks_per_second`.
        tracks: the tracks.
    """

    format: int
    division: int
    tracks: tuple[Track, ...]

    @property
    def ticks_per_quarter(self) -> int | None:
        """Ticks of a quarter note; ``None`` where ticks are parts of a second (SMPTE)."""
        return self.division if self.division < 0x8000 else None

    @property
    def ticks_per_second(self) -> float | None:
        """Ticks of a second where the file counts film frames (SMPTE); ``None`` where its tempo says how many."""
        if self.division < 0x8000:
            return None
        frames = 256 - (self.division >> 8)
        # “29” are the 30 frames of NTSC, of which 29.97 take a second.
        return (30000 / 1001 if frames == 29 else frames) * (self.division & 0xFF)


def end_of_track(tick: int) -> Event:
    """Return the event that ends a track."""
    return Event(tick, bytes((META, END_OF_TRACK)))


def meta_event(tick: int, kind: int, content: bytes) -> Event:
    """Return a meta event, such as ``meta_event(0, TRACK_NAME, b"Piano")``."""
    return Event(tick, bytes((META, kind)) + content)
