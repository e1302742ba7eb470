"""MIDI files written: what was read comes out as it was, event by event, and notes become a file of their own."""

from __future__ import annotations

import math
import struct
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from app.errors import WorkerError
from app.midi.file import (
    CONTROLLER,
    END_OF_TRACK,
    NOTE_OFF,
    NOTE_ON,
    PITCH_BEND,
    PROGRAM,
    SYSEX,
    TEMPO,
    TRACK_NAME,
    Event,
    MidiFile,
    Track,
    end_of_track,
    meta_event,
)
from app.midi.notes import Note

TICKS_PER_QUARTER = 960

_LONGEST_STEP = (1 << 28) - 1


@dataclass(frozen=True)
class Bend:
    """The pitch wheel of a part from a time on.

    Attributes:
        time: in seconds.
        semitones: how far, within the part's ``bend_range``.
    """

    time: float
    semitones: float


@dataclass(frozen=True)
class Part:
    """What one instrument plays, for :func:`make_midi`.

    Attributes:
        notes: in any order; of each, its start, end (seconds), pitch and velocity count.
        name: of its track, ``""`` for none.
        program: General MIDI's instrument, counted from 0.
        channel: 0 to 15; 9 are drums.
        bends: the pitch wheel, in any order.
        bend_range: semitones that it reaches at its ends, a whole number.
    """

    notes: Sequence[Note]
    name: str = ""
    program: int = 0
    channel: int = 0
    bends: Sequence[Bend] = ()
    bend_range: int = 2


def write_midi(midi: MidiFile, path: Path) -> None:
    """Write a MIDI file.

    Raises:
        WorkerError: the disk is full, or does not take it.
    """
    try:
        path.write_bytes(midi_bytes(midi))
    except OSError as error:
        raise WorkerError(f"The result cannot be written: {error.strerror}.") from error


def midi_bytes(midi: MidiFile) -> bytes:
    """Return a file's bytes; ends of tracks that are missing are added.

    Raises:
        ValueError: ticks that go back, or an event of more than 256 MiB.
    """
    head = b"MThd" + struct.pack(">IHHH", 6, midi.format, len(midi.tracks), midi.division)
    return head + b"".join(_chunk(track) for track in midi.tracks)


def _chunk(track: Track) -> bytes:
    body, now = bytearray(), 0
    if not track or track[-1].meta != END_OF_TRACK:
        track = (*track, end_of_track(track[-1].tick if track else 0))
    for tick, data in track:
        while tick - now > _LONGEST_STEP:
            # A text without letters, for a time that no number of the format holds.
            body += _number(_LONGEST_STEP) + b"\xff\x01\x00"
            now += _LONGEST_STEP
        body += _number(tick - now)
        now = tick
        if data[0] < SYSEX:
            body += data
        else:
            head = 2 if data[0] == 0xFF else 1
            body += data[:head] + _number(len(data) - head) + data[head:]
    return b"MTrk" + struct.pack(">I", len(body)) + bytes(body)


def _number(value: int) -> bytes:
    """Return a number in one to four groups of seven bits, the highest first."""
    if not 0 <= value <= _LONGEST_STEP:
        raise ValueError(f"{value} is no number of ticks or bytes that a MIDI file can hold")
    if value < 0x80:
        return bytes((value,))
    groups = [value & 0x7F]
    while value := value >> 7:
        groups.append(value & 0x7F | 0x80)
    return bytes(groups[::-1])


def make_midi(parts: Sequence[Part], *, tempo: float = 120.0) -> MidiFile:
    """Return a file of format 1: a track with the tempo, and one for each part.

    Args:
        parts: what is played.
        tempo: quarter notes a minute, 4 to 1,000; it moves no note, and says where the beats are.
    """
    beat = round(60e6 / min(max(tempo, 4.0), 1000.0))

    def tick(seconds: float) -> int:
        return max(0, round(seconds * 1e6 / beat * TICKS_PER_QUARTER))

    first = (meta_event(0, TEMPO, beat.to_bytes(3, "big")), end_of_track(0))
    tracks = [_played(part, tick) for part in parts]
    return MidiFile(1, TICKS_PER_QUARTER, (first, *tracks))


def _played(part: Part, tick: Callable[[float], int]) -> Track:
    channel = part.channel
    head = [meta_event(0, TRACK_NAME, part.name.encode())] if part.name else []
    head.append(Event(0, bytes((PROGRAM | channel, part.program))))
    if part.bends and part.bend_range != 2:
        # Registered parameter 0 is the wheel's range; then none, so that no later value changes it.
        rpn = ((101, 0), (100, 0), (6, part.bend_range), (38, 0), (101, 127), (100, 127))
        head += [Event(0, bytes((CONTROLLER | channel, *pair))) for pair in rpn]
    timed: list[tuple[int, int, bytes]] = []
    for bend in part.bends:
        share = bend.semitones / part.bend_range
        value = min(max(8192 + round(8192 * share), 0), 16383) if math.isfinite(share) else 8192
        timed.append((tick(bend.time), 1, bytes((PITCH_BEND | channel, value & 0x7F, value >> 7))))
    for note in part.notes:
        start = tick(note.start)
        timed.append((start, 2, bytes((NOTE_ON | channel, note.pitch, min(max(note.velocity, 1), 127)))))
        timed.append((max(tick(note.end), start + 1), 0, bytes((NOTE_OFF | channel, note.pitch, 64))))
    # At one tick keys are let go first, then the wheel moves, then keys are struck.
    timed.sort(key=lambda event: event[:2])
    events = [*head, *(Event(when, data) for when, _, data in timed)]
    return (*events, end_of_track(events[-1].tick))
