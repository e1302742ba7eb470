"""Ticks to seconds and back, by a file's tempo map."""

from __future__ import annotations

from bisect import bisect_right

from app.midi.file import TEMPO, MidiFile

DEFAULT_TEMPO = 500_000
"""Microseconds of a quarter note until a file says otherwise: 120 quarter notes a minute."""


class TempoMap:
    """The tempo map of a file; of one in format 2, whose tracks are pieces of their own, that of one track.

    Args:
        midi: the file.
        track: which track, from 0; it matters in format 2 only.
    """

    def __init__(self, midi: MidiFile, track: int = 0) -> None:
        self._ticks = [0]
        self._seconds = [0.0]
        self._rates: list[float] = []
        """Seconds of a tick, from each of those places on."""
        per_second, per_quarter = midi.ticks_per_second, midi.ticks_per_quarter or 1
        if per_second is not None:
            self._rates.append(1.0 / per_second)
            return
        self._rates.append(DEFAULT_TEMPO / 1e6 / per_quarter)
        for tick, tempo in tempos(midi, track):
            rate = tempo / 1e6 / per_quarter
            if tick == self._ticks[-1]:
                self._rates[-1] = rate
            elif rate != self._rates[-1]:
                self._seconds.append(self.seconds(tick))
                self._ticks.append(tick)
                self._rates.append(rate)

    def seconds(self, tick: float) -> float:
        """Return when a tick is, in seconds from the start."""
        place = bisect_right(self._ticks, tick) - 1 if tick > 0 else 0
        return self._seconds[place] + (tick - self._ticks[place]) * self._rates[place]

    def tick(self, seconds: float) -> float:
        """Return which tick, or what between two, is at a time in seconds."""
        place = bisect_right(self._seconds, seconds) - 1 if seconds > 0 else 0
        return self._ticks[place] + (seconds - self._seconds[place]) / self._rates[place]


def tempos(midi: MidiFile, track: int = 0) -> list[tuple[int, int]]:
    """Return each tempo as its tick and the microseconds of a quarter note, in the order in which they hold.

    Those of every track hold for all; in format 2, those of ``track`` for itself.
    """
    tracks = midi.tracks[track : track + 1] if midi.format == 2 else midi.tracks
    found = [
        (event.tick, int.from_bytes(event.data[2:], "big"))
        for events in tracks
        for event in events
        if event.meta == TEMPO
    ]
    # A stable sort: of two at one tick, the later one holds.
    return sorted(found, key=lambda pair: pair[0])
