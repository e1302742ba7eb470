"""A score's track to and from the events of a MIDI file."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from app.midi.file import (
    CONTROLLER,
    META,
    NOTE_OFF,
    NOTE_ON,
    PITCH_BEND,
    PROGRAM,
    TRACK_NAME,
    Event,
    end_of_track,
    meta_event,
)
from app.pyharp_apps.stand_ins.score_parts import ControlChange, PitchBend, Track

_WHEEL = 8192


def text_of(event: Event) -> str:
    """Return a meta event's text; bytes that are no text come back by :func:`text_bytes`."""
    return event.data[2:].decode(errors="surrogateescape")


def text_bytes(text: str) -> bytes:
    """Return a text as a meta event holds it."""
    return text.encode(errors="surrogateescape")


def keep(track: Track, event: Event) -> None:
    """Take a channel's message that is no note."""
    if event.kind == CONTROLLER:
        track.controls.append(ControlChange(event.tick, event.data[1], event.data[2]))
    elif event.kind == PITCH_BEND:
        track.pitch_bends.append(PitchBend(event.tick, (event.data[1] | event.data[2] << 7) - _WHEEL))
    elif event.kind == PROGRAM and not any(other.kind == PROGRAM for other in track.others):
        track.program = event.data[1]
        track.others.append(event)
    elif event.kind not in (NOTE_ON, NOTE_OFF):
        track.others.append(event)


def events_of(track: Track, channel: int) -> tuple[Event, ...]:
    """Return a track's events; at one tick notes end first, then the rest changes, then notes start."""
    timed: list[tuple[int, Event]] = []
    if track.name:
        timed.append((0, meta_event(0, TRACK_NAME, text_bytes(track.name))))
    others = list(track.others)
    at = next((place for place, event in enumerate(others) if event.kind == PROGRAM), None)
    program = bytes((PROGRAM | channel, _seven(track.program)))
    if at is None:
        timed.append((0, Event(0, program)))
    else:
        others[at] = Event(others[at].tick, program)
    timed += [(1, _on(event, channel)) for event in others]
    for control in track.controls:
        data = bytes((CONTROLLER | channel, _seven(control.number), _seven(control.value)))
        timed.append((1, Event(int(control.time), data)))
    for bend in track.pitch_bends:
        place = int(bend.value) + _WHEEL
        timed.append((1, Event(int(bend.time), bytes((PITCH_BEND | channel, place & 127, _seven(place >> 7))))))
    for note in track.notes:
        pitch, velocity = _seven(note.pitch), max(1, _seven(note.velocity))
        timed.append((2, Event(int(note.time), bytes((NOTE_ON | channel, pitch, velocity)))))
        timed.append((-1, Event(int(note.time) + max(1, int(note.duration)), bytes((NOTE_OFF | channel, pitch, 64)))))
    return ordered(timed)


def _on(event: Event, channel: int) -> Event:
    """Return a message on another channel."""
    return event if event.data[0] == META else Event(event.tick, bytes((event.kind | channel,)) + event.data[1:])


def _seven(value: Any) -> int:
    """Return a number of seven bits.

    Raises:
        ValueError: it is out of range.
    """
    number = int(value)
    if not 0 <= number <= 127:
        raise ValueError(number)
    return number


def ordered(timed: Iterable[tuple[int, Event]]) -> tuple[Event, ...]:
    """Return events in the order of their ticks, and of their number at one tick.

    Raises:
        ValueError: one comes before the start.
    """
    events = [event for _, event in sorted(timed, key=lambda item: (item[1].tick, item[0]))]
    if events and events[0].tick < 0:
        raise ValueError("a time before the start")
    return (*events, end_of_track(events[-1].tick if events else 0))
