"""A stranger's MIDI file, read in linear time and bounded memory; each way in which it can be wrong has its sentence.

The format: “Standard MIDI Files 1.0” (MIDI Manufacturers Association, RP-001). Read as well is what programs write in
spite of it where it has one meaning: chunks of other kinds, longer headers, running status across meta events, a track
without its end, more than one track in format 0, bytes after the last track.
"""

from __future__ import annotations

import struct
from pathlib import Path

from app.errors import MidiFileError
from app.midi.file import END_OF_TRACK, ESCAPE, META, SYSEX, TEMPO, Event, MidiFile, Track, end_of_track
from app.midi.tempo import TempoMap

LARGEST = 16 * 1024 * 1024
"""Bytes of the largest file that is read."""

MOST_EVENTS = 1_000_000
MOST_TRACKS = 1000
LONGEST = 24 * 3600.0
"""Seconds that a file may last."""

_HEADER = 14
_DATA_BYTES = (2, 2, 2, 2, 1, 1, 2)
"""Bytes after the status byte, for the status bytes 8x to Ex."""


def read_midi(path: Path) -> MidiFile:
    """Read a MIDI file.

    Raises:
        MidiFileError: it is none, broken, or larger than :data:`LARGEST`, :data:`MOST_EVENTS`, :data:`MOST_TRACKS` or
            :data:`LONGEST` allow.
    """
    try:
        with path.open("rb") as file:
            data = file.read(LARGEST + 1)
    except OSError as error:
        raise _refusal(f"cannot be read: {error.strerror}") from error
    return parse_midi(data)


def parse_midi(data: bytes) -> MidiFile:
    """Read a MIDI file's bytes.

    Raises:
        MidiFileError: as :func:`read_midi`.
    """
    if len(data) > LARGEST:
        raise _refusal(f"is larger than {LARGEST >> 20} MiB, the most that is read")
    kind, division, told, at = _header(data)
    tracks: list[Track] = []
    left = MOST_EVENTS
    while len(tracks) < told:
        name, start, end = _chunk(data, at, len(tracks), told)
        if name == b"MTrk":
            tracks.append(_track(data, start, end, len(tracks) + 1, left))
            left -= len(tracks[-1])
        at = end
    midi = MidiFile(1 if kind == 0 and told > 1 else kind, division, tuple(tracks))
    tempo = TempoMap(midi)
    for number, track in enumerate(tracks):
        if kind == 2 and number:
            tempo = TempoMap(midi, number)
        seconds = tempo.seconds(track[-1].tick)
        if seconds > LONGEST:
            raise _refusal(f"lasts {seconds / 3600:.0f} hours (track {number + 1}); at most 24 are read")
    return midi


def _refusal(reason: str) -> MidiFileError:
    return MidiFileError(f"The MIDI file {reason}.")


def _header(data: bytes) -> tuple[int, int, int, int]:
    """Return format, division, number of tracks, and where the header ends."""
    if not data:
        raise _refusal("is empty")
    if data[:4] == b"RIFF" and data[8:12] == b"RMID":
        raise _refusal("is wrapped in RIFF (.rmi); a plain one (.mid) is expected")
    if data[:4] != b"MThd":
        raise _refusal("does not begin as one does, with “MThd”; a standard MIDI file (.mid) is expected")
    if len(data) < _HEADER:
        raise _refusal("is cut off in its header")
    length, kind, told, division = struct.unpack(">IHHH", data[4:_HEADER])
    if length < 6 or 8 + length > len(data):
        raise _refusal(f"has a header of {length} bytes; 6 are expected")
    if kind > 2:
        raise _refusal(f"is of format {kind}; 0, 1 or 2 is expected")
    if told == 0:
        raise _refusal("has no track")
    if told > MOST_TRACKS:
        raise _refusal(f"has {told} tracks; at most {MOST_TRACKS} are read")
    if division < 0x8000:
        if division == 0:
            raise _refusal("has quarter notes of 0 ticks; at least 1 is expected")
    elif 256 - (division >> 8) not in (24, 25, 29, 30) or division & 0xFF == 0:
        raise _refusal(
            f"counts {256 - (division >> 8)} frames of {division & 0xFF} ticks a second; 24, 25, 29 or 30 frames of at "
            "least 1 are expected"
        )
    return kind, division, told, 8 + length


def _chunk(data: bytes, at: int, found: int, told: int) -> tuple[bytes, int, int]:
    """Return the name of the chunk at ``at``, and where its content starts and ends."""
    if at + 8 > len(data):
        raise _refusal(f"has {found} of the {told} tracks that its header promises: it is cut off, or its header wrong")
    start = at + 8
    end = start + int.from_bytes(data[at + 4 : start], "big")
    if end > len(data):
        raise _refusal(
            f"is cut off: track {found + 1} should have {end - start} bytes, and {len(data) - start} are there"
        )
    return data[at : at + 4], start, end


def _track(data: bytes, start: int, end: int, number: int, room: int) -> Track:
    """Return the events of the track in ``data[start:end]``, at most ``room``."""
    events: list[Event] = []
    append = events.append
    at, tick, running = start, 0, 0
    try:
        while at < end:
            # A time takes one to four bytes of seven bits each; most take one.
            byte = data[at]
            at += 1
            if byte < 0x80:
                tick += byte
            else:
                step, at = _number(data, at - 1, number)
                tick += step
            status = data[at]
            if status < 0x80:
                if not running:
                    raise _refusal(f"is broken: track {number} has a message without a kind at byte {at}")
                status = running
                at -= 1
            elif status < SYSEX:
                running = status
            else:
                event, at = _long(data, at, end, tick, number)
                append(event)
                if event.data[0] == META and event.data[1] == END_OF_TRACK:
                    break
                if len(events) > room:
                    break
                continue
            stop = at + 1 + _DATA_BYTES[(status >> 4) - 8]
            if stop > end:
                raise IndexError
            content = data[at + 1 : stop]
            if not content.isascii():  # each byte below 128
                raise _refusal(f"is broken: track {number} has a value over 127 at byte {at + 1}")
            append(Event(tick, bytes((status,)) + content))
            at = stop
            if len(events) > room:
                break
        if at > end:
            raise IndexError
    except IndexError:
        raise _refusal(f"is broken: track {number} ends within an event") from None
    if len(events) > room:
        raise _refusal(f"has more than {MOST_EVENTS:,} events, the most that are read")
    if not events or events[-1].meta != END_OF_TRACK:
        append(end_of_track(tick))
    return tuple(events)


def _number(data: bytes, at: int, track: int) -> tuple[int, int]:
    """Return the number of one to four groups of seven bits at ``at``, and where it ends."""
    value = 0
    for place in range(at, at + 4):
        byte = data[place]
        value = value << 7 | byte & 0x7F
        if byte < 0x80:
            return value, place + 1
    raise _refusal(f"is broken: track {track} has a number of more than four bytes at byte {at}")


def _long(data: bytes, at: int, end: int, tick: int, number: int) -> tuple[Event, int]:
    """Return the meta event or system exclusive message at ``at``, and where it ends."""
    status = data[at]
    if status not in (META, SYSEX, ESCAPE):
        raise _refusal(f"is broken: track {number} has the byte {status:02X} at byte {at}, which belongs to no file")
    head = data[at : at + 2] if status == META else data[at : at + 1]
    length, start = _number(data, at + len(head), number)
    if start + length > end:
        name = "text or other data" if status == META else "a system exclusive message"
        raise _refusal(
            f"is broken: track {number} has {name} of {length} bytes at byte {at}, and {max(end - start, 0)} are there"
        )
    event = Event(tick, head + data[start : start + length])
    if event.meta >= 0x80:
        raise _refusal(f"is broken: track {number} has a meta event of kind {event.meta} at byte {at}")
    if event.meta == TEMPO and (length != 3 or not any(event.data[2:])):
        raise _refusal(f"is broken: track {number} has a tempo that is none at byte {at}")
    return event, start + length
