"""A file's notes changed as was chosen: pitch, then grid, then chance, then velocity."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, replace

from app.errors import ControlError
from app.midi.file import MidiFile
from app.midi.tempo import TempoMap
from endpoints.midi_tools.choices import OFF, Choices
from endpoints.midi_tools.grid import GRIDS, Grid
from endpoints.midi_tools.pitches import PitchMap
from endpoints.midi_tools.played import Played, changed, played
from endpoints.midi_tools.velocities import velocity_table

_BETWEEN_REPORTS = 5000
"""Notes, for which less than a tenth of a second is needed."""


@dataclass(frozen=True)
class Edited:
    """What came of a file.

    Attributes:
        midi: the file with its notes changed.
        notes: how many notes it has.
        folded: how many of them were moved by octaves to stay within the range of MIDI.
    """

    midi: MidiFile
    notes: int
    folded: int


def edit(midi: MidiFile, choices: Choices, seed: int, report: Callable[[float], None]) -> Edited:
    """Change a file's notes; events of other kinds stay as they are.

    Args:
        midi: the file.
        choices: what to do.
        seed: of what is drawn at random.
        report: takes the share that is done, and may raise to stop.

    Raises:
        ControlError: a grid is asked for, and the file has no beats.
    """
    if choices.grid and midi.ticks_per_quarter is None:
        raise ControlError(
            f"Quantize: grid expects “{OFF}” for this file: its times are film frames (SMPTE), so it has no beats."
        )
    editor = _Editor(midi, choices, seed)
    tracks, notes, folded = [], 0, 0
    tempo = TempoMap(midi)
    for number, track in enumerate(midi.tracks):
        if midi.format == 2:
            tempo = TempoMap(midi, number)
        grid = Grid(midi, number, GRIDS[choices.grid], choices.swing) if choices.grid else None
        before, after = played(track), []
        for place, note in enumerate(before):
            if place % _BETWEEN_REPORTS == 0:
                report((number + place / len(before)) / len(midi.tracks))
            folded += editor.pitches.leaves_range(note.channel, note.pitch)
            after.append(editor.edited(note, grid, tempo))
        tracks.append(changed(track, after, editor.pitches))
        notes += len(before)
    return Edited(replace(midi, tracks=tuple(tracks)), notes, folded)


class _Editor:
    def __init__(self, midi: MidiFile, choices: Choices, seed: int) -> None:
        self.pitches = PitchMap(choices.transpose, choices.key, choices.scale, drums=choices.drums)
        self._choices = choices
        self._velocities = velocity_table(choices.curve, choices.lowest, choices.highest)
        # A result that can be made again is what is wanted here, not one that nobody can guess.
        self._chance = random.Random(seed)  # noqa: S311

    def edited(self, note: Played, grid: Grid | None, tempo: TempoMap) -> Played:
        choices = self._choices
        start, end = note.start, note.end
        if grid is not None:
            start = self._pulled(note.start, grid)
            end = self._pulled(note.end, grid) if choices.ends else start + note.end - note.start
        velocity = self._velocities[note.velocity]
        if choices.timing:
            # As much for a short note as for a long one: its length stays.
            away = self._chance.uniform(-choices.timing, choices.timing)
            moved = max(0, round(tempo.tick(max(0.0, tempo.seconds(start) + away))))
            start, end = moved, moved + end - start
        if choices.dynamics:
            velocity = min(max(velocity + self._chance.randint(-choices.dynamics, choices.dynamics), 1), 127)
        return Played(start, end, self.pitches(note.channel, note.pitch), velocity, note.channel)

    def _pulled(self, tick: int, grid: Grid) -> int:
        return round(tick + self._choices.strength * (grid.nearest(tick) - tick))
