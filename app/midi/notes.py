"""Notes: which events start and end one, and when that is in seconds."""

from __future__ import annotations

from collections import defaultdict, deque
from dataclasses import dataclass

from app.midi.file import PROGRAM, MidiFile, Track
from app.midi.tempo import TempoMap


@dataclass(frozen=True)
class Note:
    """A note.

    Attributes:
        start, end: in seconds from the region's start; when its key is struck and let go, whatever a pedal holds.
        pitch: MIDI number, 60 is middle C; on channel 9 the drum that is struck.
        velocity: 1 to 127.
        channel: 0 to 15.
        program: the channel's instrument when it starts (General MIDI, counted from 0).
        track: which track it is in, from 0.
    """

    start: float
    end: float
    pitch: int
    velocity: int = 80
    channel: int = 0
    program: int = 0
    track: int = 0


def velocity_of(confidence: float) -> int:
    """Return the velocity of a note of which somebody is so sure, 0 to 1: nobody knows how hard it was struck.

    >>> velocity_of(1.0), velocity_of(0.5), velocity_of(0.0)
    (127, 64, 1)
    """
    return min(max(round(127 * confidence), 1), 127)


@dataclass(frozen=True)
class NoteEvents:
    """The two events of a note: their places in a track, and their ticks.

    A note that nothing ends lasts until its track ends: ``end`` is the place of that event then.
    """

    start: int
    end: int
    start_tick: int
    end_tick: int


def note_events(track: Track) -> list[NoteEvents]:
    """Return the notes of one track in the order of their starts.

    Where a key is struck again before it is let go, the note that started first ends first.
    """
    sounding: dict[tuple[int, int], deque[int]] = defaultdict(deque)
    ends: dict[int, int] = {}
    for place, event in enumerate(track):
        if event.starts_note:
            ends[place] = len(track) - 1
            sounding[event.channel, event.data[1]].append(place)
        elif event.ends_note and sounding[event.channel, event.data[1]]:
            ends[sounding[event.channel, event.data[1]].popleft()] = place
    return [NoteEvents(start, end, track[start].tick, track[end].tick) for start, end in ends.items()]


def read_notes(midi: MidiFile) -> list[Note]:
    """Return every note of a file in the order of start, pitch and track.

    In format 2 the tracks, pieces of their own, all start at 0.
    """
    programs = _programs(midi)
    notes = []
    tempo = TempoMap(midi)
    for number, track in enumerate(midi.tracks):
        if midi.format == 2:
            tempo = TempoMap(midi, number)
        program = programs[number]
        for note in note_events(track):
            data = track[note.start].data
            start, end = tempo.seconds(note.start_tick), tempo.seconds(note.end_tick)
            notes.append(Note(start, end, data[1], data[2], data[0] & 15, program[note.start], number))
    return sorted(notes, key=lambda note: (note.start, note.pitch, note.track))


def _programs(midi: MidiFile) -> list[dict[int, int]]:
    """Return the program at each note's start, by track and place: a channel's changes hold in every track."""
    found: list[dict[int, int]] = [{} for _ in midi.tracks]
    current: dict[tuple[int, int], int] = {}
    events = (
        (event.tick, number, place, event.data)
        for number, track in enumerate(midi.tracks)
        for place, event in enumerate(track)
        if event.kind == PROGRAM or event.starts_note
    )
    # At one tick, changes come before what plays; in format 2, every track is by itself.
    for _, number, place, data in sorted(events, key=lambda item: (item[0], item[3][0] & 0xF0 != PROGRAM)):
        channel = (number if midi.format == 2 else 0, data[0] & 15)
        if data[0] & 0xF0 == PROGRAM:
            current[channel] = data[1]
        else:
            found[number][place] = current.get(channel, 0)
    return found
