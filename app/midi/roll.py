"""What a piano roll shows of MIDI files, as an endpoint, since the server itself reads none."""

from __future__ import annotations

import json

from app.endpoint import Controls, FileOutput, Outputs, Progress, Region
from app.harp.card import ModelCard
from app.harp.controls import FileTrack, MidiTrack
from app.midi.file import TIME_SIGNATURE, MidiFile
from app.midi.notes import read_notes
from app.midi.reading import read_midi
from app.midi.tempo import TempoMap

MOST_NOTES = 8000
"""Notes that a page draws and plays; a browser would be slow with more."""

_MOST_BARS = 1000


class Roll:
    """For each track ``n``: ``n.roll.json`` with what :func:`roll` returns."""

    card = ModelCard("Roll", "Harpist", "Draws the notes of MIDI files.")
    inputs = (MidiTrack("Input MIDI", "The notes to look at."),)
    outputs = (FileTrack("roll", "The notes.", file_types=(".json",)),)

    def setup(self, device: str) -> None:
        """Need nothing."""

    def process(self, region: Region, controls: Controls, job: Progress) -> Outputs:
        """Look at every track that was sent.

        Raises:
            MidiFileError: one is broken.
        """
        made: list[FileOutput] = []
        for index, track in enumerate(region.tracks):
            if track is None:
                continue
            job.report(index / len(region.tracks))
            path = region.folder / f"{index}.roll.json"
            path.write_text(json.dumps(roll(read_midi(track.path))), encoding="utf-8")
            made.append(FileOutput(path, "roll"))
        return made


def roll(midi: MidiFile) -> dict[str, object]:
    """Return what is to be drawn of a file.

    Returns:
        ``seconds``, its length; ``count``, how many notes it has; ``notes``, the first :data:`MOST_NOTES` as
        ``[start (ms), length (ms), pitch, velocity, channel, track]``; ``bars``, where bars start (s), at most 1,000;
        ``tracks``, how many tracks have notes.
    """
    notes = read_notes(midi)
    tempo = TempoMap(midi)
    ends = [tempo.seconds(track[-1].tick) for track in midi.tracks] if midi.format != 2 else []
    return {
        "seconds": round(max([*ends, *(note.end for note in notes)], default=0.0), 3),
        "count": len(notes),
        "notes": [
            [
                round(1000 * note.start),
                max(1, round(1000 * (note.end - note.start))),
                note.pitch,
                note.velocity,
                note.channel,
                note.track,
            ]
            for note in notes[:MOST_NOTES]
        ],
        "bars": _bars(midi, tempo),
        "tracks": len({note.track for note in notes}),
    }


def _bars(midi: MidiFile, tempo: TempoMap) -> list[float]:
    """Return where bars start, in seconds; none where there are no beats, or each track has its own."""
    quarter = midi.ticks_per_quarter
    if quarter is None or midi.format == 2:
        return []
    signatures = {
        event.tick: (event.data[2], min(event.data[3], 8))
        for track in midi.tracks
        for event in track
        if event.meta == TIME_SIGNATURE and len(event.data) >= 4 and event.data[2]
    }
    changes = sorted(({0: (4, 2)} | signatures).items())
    end = max(track[-1].tick for track in midi.tracks)
    found: list[float] = []
    for place, (start, (beats, unit)) in enumerate(changes):
        until = changes[place + 1][0] if place + 1 < len(changes) else end
        step, at = quarter * 4 * beats / 2**unit, float(start)
        while at < until and len(found) < _MOST_BARS:
            found.append(round(tempo.seconds(at), 3))
            at += step
    return found
