"""Times brought to a grid of note values, bar by bar, with strength and swing."""

from __future__ import annotations

from bisect import bisect_right
from fractions import Fraction

from app.midi.file import TIME_SIGNATURE, MidiFile

GRIDS: dict[str, Fraction] = {
    "1/2": Fraction(2),
    "1/4": Fraction(1),
    "1/8": Fraction(1, 2),
    "1/8 triplet": Fraction(1, 3),
    "1/16": Fraction(1, 4),
    "1/16 triplet": Fraction(1, 6),
    "1/32": Fraction(1, 8),
}
"""Steps in quarter notes."""


class Grid:
    """A grid over a file's bars.

    Bars begin where a time signature stands; without one they have four quarters from the start on.

    Args:
        midi: the file, whose ticks are parts of a quarter note.
        track: which track's bars, in format 2; in the others all tracks have the same.
        step: quarter notes between two lines.
        swing: where every second line lies between its neighbours, 0.5 (in the middle) to less than 1.
    """

    def __init__(self, midi: MidiFile, track: int, step: Fraction, swing: float) -> None:
        quarter = midi.ticks_per_quarter
        assert quarter is not None
        self._step = float(step * quarter)
        self._swing = swing
        self._starts, self._bars = [0], [4.0 * quarter]
        for tick, beats, unit in _signatures(midi, track):
            length = quarter * 4.0 * beats / unit
            if tick == self._starts[-1]:
                self._bars[-1] = length
            else:
                self._starts.append(tick)
                self._bars.append(length)

    def nearest(self, tick: int) -> float:
        """Return the line nearest to a tick, in ticks."""
        place = bisect_right(self._starts, tick) - 1
        start, length = self._starts[place], self._bars[place]
        bar = start + length * ((tick - start) // length)
        end = bar + length
        if place + 1 < len(self._starts):
            end = min(end, self._starts[place + 1])
        near = int((tick - bar) / self._step)
        lines = [min(bar + self._line(number), end) for number in range(max(0, near - 1), near + 3)]
        return min(lines, key=lambda line: abs(line - tick))

    def _line(self, number: int) -> float:
        pair, second = divmod(number, 2)
        return 2 * self._step * (pair + (self._swing if second else 0.0))


def _signatures(midi: MidiFile, track: int) -> list[tuple[int, int, int]]:
    """Return each time signature: its tick, how many notes a bar has, and of which value."""
    tracks = midi.tracks[track : track + 1] if midi.format == 2 else midi.tracks
    found = [
        (event.tick, event.data[2], 1 << min(event.data[3], 8))
        for events in tracks
        for event in events
        if event.meta == TIME_SIGNATURE and len(event.data) >= 4 and event.data[2] > 0
    ]
    return sorted(found, key=lambda one: one[0])
