"""A track's notes as what can be changed, and the track made of them again: all other events stay as they are."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise

from app.midi.file import CONTROLLER, DRUMS, END_OF_TRACK, KEY_PRESSURE, PROGRAM, Event, Track, end_of_track
from app.midi.notes import NoteEvents, note_events

_BANK = (0, 32)
"""The controllers that choose a bank of instruments."""


@dataclass(frozen=True)
class Played:
    """A note as it is to be.

    Attributes:
        start, end: in ticks.
        pitch: MIDI number.
        velocity: 1 to 127.
        channel: 0 to 15.
    """

    start: int
    end: int
    pitch: int
    velocity: int
    channel: int

    @property
    def drum(self) -> bool:
        """Whether it is a drum, whose pitch is an instrument."""
        return self.channel == DRUMS


def played(track: Track) -> list[Played]:
    """Return the notes of a track, in the order of :func:`app.midi.notes.note_events`."""
    notes = []
    for note in note_events(track):
        data = track[note.start].data
        notes.append(Played(note.start_tick, note.end_tick, data[1], data[2], data[0] & 15))
    return notes


def changed(track: Track, notes: Sequence[Played], pitch_of: Callable[[int, int], int]) -> Track:
    """Return a track with its notes as they are to be.

    A note never starts before the instrument that was chosen for it. Two notes of one pitch that did not overlap
    do not overlap afterwards.

    Args:
        track: as it was.
        notes: one for each that :func:`played` gave, in that order.
        pitch_of: where what belongs to a key goes (channel, pitch): the pressure on it, and an end without a start.
    """
    events = note_events(track)
    before = [(note.start_tick, note.end_tick) for note in events]
    times = _times(track, events, notes)
    new = list(track)
    for place, event in enumerate(track):
        if event.ends_note or event.kind == KEY_PRESSURE:
            new[place] = _at_pitch(event, pitch_of(event.channel, event.data[1]))
    for note, want in zip(events, notes):
        new[note.start] = Event(note.start_tick, bytes((track[note.start].data[0], want.pitch, want.velocity)))
        if track[note.end].ends_note:
            new[note.end] = _at_pitch(track[note.end], want.pitch)
    if times == before:
        return tuple(new)
    ranks = [1] * len(new)
    for note, (start, end) in zip(events, times):
        new[note.start], ranks[note.start] = Event(start, new[note.start].data), 2
        if track[note.end].ends_note:
            new[note.end], ranks[note.end] = Event(end, new[note.end].data), 0
    # At one tick notes end first, then instruments and controllers change, then notes start.
    body = [place for place, event in enumerate(new) if event.meta != END_OF_TRACK]
    body.sort(key=lambda place: (new[place].tick, ranks[place]))
    last = new[body[-1]].tick if body else 0
    return (*(new[place] for place in body), end_of_track(max(last, track[-1].tick)))


def _at_pitch(event: Event, pitch: int) -> Event:
    return Event(event.tick, bytes((event.data[0], pitch, event.data[2])))


def _times(track: Track, events: Sequence[NoteEvents], notes: Sequence[Played]) -> list[tuple[int, int]]:
    """Return start and end (ticks) of each note, as far as they may move."""
    earliest = _earliest(track)
    times = []
    for was, want in zip(events, notes):
        if (want.start, want.end) == (was.start_tick, was.end_tick):
            times.append((want.start, want.end))
            continue
        start = max(want.start, earliest.get(was.start, 0))
        times.append((start, max(want.end, start + 1)))
    alike: dict[tuple[int, int], list[int]] = defaultdict(list)
    for number, want in enumerate(notes):
        alike[want.channel, want.pitch].append(number)
    for numbers in alike.values():
        numbers.sort(key=lambda number: times[number][0])
        for one, after in pairwise(numbers):
            start, end = times[one]
            apart = events[one].end_tick <= events[after].start_tick
            if apart and start < times[after][0] < end:
                times[one] = (start, times[after][0])
    return times


def _earliest(track: Track) -> dict[int, int]:
    """Return when the instrument of each note was chosen (ticks), by the place of the note's start."""
    chosen: dict[int, int] = {}
    found: dict[int, int] = {}
    for place, event in enumerate(track):
        if event.starts_note:
            if event.channel in chosen:
                found[place] = chosen[event.channel]
        elif event.kind == PROGRAM or (event.kind == CONTROLLER and event.data[1] in _BANK):
            chosen[event.channel] = event.tick
    return found
