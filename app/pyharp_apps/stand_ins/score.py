"""A score as symusic has it: tracks of notes, controls and bends, all in ticks, over :mod:`app.midi`.

What it has no place for (lyrics, aftertouch, further program changes, system exclusive messages) is kept with its
track, or with the score, and written again.
"""

from __future__ import annotations

import copy
from collections import defaultdict
from itertools import cycle
from pathlib import Path
from typing import Any

from app.errors import MidiFileError, ModelRunError
from app.midi.file import (
    DRUMS,
    END_OF_TRACK,
    KEY_SIGNATURE,
    MARKER,
    TEMPO,
    TIME_SIGNATURE,
    TRACK_NAME,
    Event,
    MidiFile,
    meta_event,
)
from app.midi.notes import note_events
from app.midi.reading import parse_midi, read_midi
from app.midi.writing import midi_bytes, write_midi
from app.pyharp_apps.stand_ins.score_events import events_of, keep, ordered, text_bytes, text_of
from app.pyharp_apps.stand_ins.score_parts import KeySignature, Note, Tempo, TextMeta, TimeSignature, Track

_CHANNELS = 16


class Score:
    """A piece.

    Args:
        source: a file's path, or how many ticks a quarter note has.

    Raises:
        MidiFileError: the file cannot be read, or counts film frames instead of quarter notes.
    """

    def __init__(self, source: Any = 480) -> None:
        self.ticks_per_quarter = source if isinstance(source, int) else 480
        self.tracks: list[Track] = []
        self.tempos: list[Tempo] = []
        self.time_signatures: list[TimeSignature] = []
        self.key_signatures: list[KeySignature] = []
        self.markers: list[TextMeta] = []
        self._others: list[Event] = []
        if not isinstance(source, int):
            self._read(read_midi(Path(source)))

    @classmethod
    def from_file(cls, path: Any, *_arguments: Any, **_options: Any) -> Score:
        """Read a MIDI file."""
        return cls(str(path))

    @classmethod
    def from_midi(cls, data: bytes, *_arguments: Any, **_options: Any) -> Score:
        """Read the bytes of a MIDI file."""
        score = cls()
        score._read(parse_midi(data))
        return score

    @property
    def tpq(self) -> int:
        """Ticks of a quarter note."""
        return self.ticks_per_quarter

    def note_num(self) -> int:
        """How many notes it has."""
        return sum(track.note_num() for track in self.tracks)

    def start(self) -> int:
        """The tick at which its first note starts."""
        return min((note.time for track in self.tracks for note in track.notes), default=0)

    def end(self) -> int:
        """The tick at which its last note ends."""
        return max((track.end() for track in self.tracks), default=0)

    def copy(self, deep: bool = True) -> Score:
        """Return one of its own."""
        return copy.deepcopy(self)

    def shift_pitch(self, offset: int, inplace: bool = False) -> Score:
        """Return it with every note higher by so many semitones."""
        score = self if inplace else self.copy()
        for track in score.tracks:
            track.shift_pitch(offset, inplace=True)
        return score

    def dump_midi(self, path: Any) -> None:
        """Write a MIDI file."""
        write_midi(self._file(), Path(path))

    def dumps_midi(self) -> bytes:
        """Return the bytes of a MIDI file."""
        return midi_bytes(self._file())

    def _read(self, midi: MidiFile) -> None:
        if midi.ticks_per_quarter is None:
            raise MidiFileError("The MIDI file counts film frames (SMPTE); one that counts quarter notes is expected.")
        self.ticks_per_quarter = midi.ticks_per_quarter
        for events in midi.tracks:
            self._read_track(events)
        for listed in (self.tempos, self.time_signatures, self.key_signatures, self.markers):
            listed.sort(key=lambda item: item.time)

    def _read_track(self, events: tuple[Event, ...]) -> None:
        name = next((text_of(event) for event in events if event.meta == TRACK_NAME), "")
        parts: dict[int, Track] = defaultdict(lambda: Track(name))
        for event in events:
            if event.data[0] < 0xF0:  # a channel's own
                keep(parts[event.channel], event)
            elif event.meta not in (END_OF_TRACK, TRACK_NAME):
                self._keep(event)
        for found in note_events(events):
            data = events[found.start].data
            note = Note(found.start_tick, found.end_tick - found.start_tick, data[1], data[2])
            parts[data[0] & 0x0F].notes.append(note)
        for channel, track in sorted(parts.items()):
            track.channel, track.is_drum = channel, channel == DRUMS
            self.tracks.append(track)

    def _keep(self, event: Event) -> None:
        content = event.data[2:]
        if event.meta == TEMPO and int.from_bytes(content, "big"):
            self.tempos.append(Tempo(event.tick, 60e6 / int.from_bytes(content, "big")))
        elif event.meta == TIME_SIGNATURE and len(content) >= 2:
            self.time_signatures.append(TimeSignature(event.tick, content[0], 1 << min(content[1], 16)))
        elif event.meta == KEY_SIGNATURE and len(content) >= 2:
            self.key_signatures.append(KeySignature(event.tick, content[0] - 256 * (content[0] > 127), content[1]))
        elif event.meta == MARKER:
            self.markers.append(TextMeta(event.tick, text_of(event)))
        else:
            self._others.append(event)

    def _file(self) -> MidiFile:
        melodic = [channel for channel in range(_CHANNELS) if channel != DRUMS]
        taken = {track.channel for track in self.tracks}
        free = cycle([channel for channel in melodic if channel not in taken] or melodic)
        try:
            first = [
                *(meta_event(item.time, TEMPO, item.mspq.to_bytes(3, "big")) for item in self.tempos),
                *(meta_event(item.time, TIME_SIGNATURE, _metre(item)) for item in self.time_signatures),
                *(meta_event(item.time, KEY_SIGNATURE, bytes((item.key & 255, item.tonality)))
                  for item in self.key_signatures),
                *(meta_event(item.time, MARKER, text_bytes(item.text)) for item in self.markers),
                *self._others,
            ]  # fmt: skip
            tracks = [ordered((0, event) for event in first)]
            for track in self.tracks:
                chosen = next(free) if track.channel is None else track.channel
                tracks.append(events_of(track, DRUMS if track.is_drum else chosen))
            return MidiFile(1, int(self.ticks_per_quarter), tuple(tracks))
        except (ValueError, OverflowError, TypeError, AttributeError):
            raise ModelRunError(
                "The app made a score that no MIDI file can hold: a pitch, velocity, program or time is out of range."
            ) from None

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        raise ModelRunError(f"Score.{name} is not in Harpist’s stand-in for symusic: install symusic for it.")


def _metre(item: TimeSignature) -> bytes:
    return bytes((item.numerator, item.denominator.bit_length() - 1, 24, 8))
