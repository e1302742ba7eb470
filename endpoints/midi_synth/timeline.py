"""A MIDI file's events in seconds, in the order in which they are played."""

from __future__ import annotations

from collections.abc import Iterator
from heapq import merge

from app.midi.file import CONTROLLER, SYSEX, MidiFile, Track
from app.midi.tempo import TempoMap

_PEDAL, _NOTES_OFF = 64, 123

Timed = tuple[float, bytes]
"""Seconds from the start, and a channel message."""


def timeline(midi: MidiFile) -> Iterator[Timed]:
    """Yield the channel messages of all tracks; at one time in the order of the tracks.

    When the file has ended, every key and pedal is let go. In format 2 the tracks, pieces of their own, all start at 0.
    """
    tempos = _tempos(midi)
    tracks = [_messages(track, tempos[number], number) for number, track in enumerate(midi.tracks)]
    for seconds, _, data in merge(*tracks, key=lambda event: event[:2]):
        yield seconds, data
    end = length(midi)
    for channel in range(16):
        for control in (_PEDAL, _NOTES_OFF):
            yield end, bytes((CONTROLLER | channel, control, 0))


def _messages(track: Track, tempo: TempoMap, number: int) -> Iterator[tuple[float, int, bytes]]:
    """Yield a track's channel messages one by one: a list of a million would take more memory than the file."""
    return ((tempo.seconds(event.tick), number, event.data) for event in track if event.data[0] < SYSEX)


def length(midi: MidiFile) -> float:
    """Return how long a file lasts: when the last of its tracks ends, in seconds."""
    return max(tempo.seconds(track[-1].tick) for tempo, track in zip(_tempos(midi), midi.tracks))


def _tempos(midi: MidiFile) -> list[TempoMap]:
    """Return the tempo map of each track; outside of format 2 they have one for all."""
    if midi.format == 2:
        return [TempoMap(midi, number) for number in range(len(midi.tracks))]
    return [TempoMap(midi)] * len(midi.tracks)
