"""``python -m benchmarks.round_trip``: which instruments of MIDI Synth are written down again as they were played.

One melody for each, the same for all: F of the notes whose pitch is right and whose start is within 50 ms, and of the
notes that were missed, how many are the one before struck again within 0.1 s of its end.
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Sequence
from pathlib import Path

from app.midi.notes import Note, read_notes
from app.midi.reading import read_midi
from app.midi.writing import make_midi, write_midi
from benchmarks.accuracy.endpoints_in_python import opened
from benchmarks.accuracy.written import melody, notes_of

PROGRAMS = (0, 4, 6, 11, 16, 19, 24, 25, 30, 32, 40, 42, 46, 48, 52, 56, 60, 65, 71, 73, 75, 80, 81, 88, 105)
"""General MIDI's, counted from 0: some of each family."""
_AT_ONCE = 0.1


def compared(true: Sequence[Note], found: Sequence[Note]) -> tuple[float, int, int]:
    """Return the F of notes, how many were missed, and how many of these had just been played."""
    left, missed = list(found), list[Note]()
    for note in true:
        near = [one for one in left if one.pitch == note.pitch and abs(one.start - note.start) < 0.05]
        if near:
            left.remove(min(near, key=lambda one: abs(one.start - note.start)))
        else:
            missed.append(note)
    again = [
        note
        for note in missed
        if any(one.pitch == note.pitch and one.start < note.start < one.end + _AT_ONCE for one in true)
    ]
    return 2 * (len(true) - len(missed)) / (len(true) + len(found)), len(missed), len(again)


def main() -> None:
    """Print a table."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.round_trip", description=__doc__)
    parser.add_argument("--seed", type=int, default=101, help="of the melody (no unit)")
    parser.add_argument("--notes", type=int, default=48, help="of the melody (notes)")
    parser.add_argument("--programs", type=int, nargs="+", default=PROGRAMS, help="General MIDI's, counted from 0")
    options = parser.parse_args()
    play, write = (
        opened("endpoints.midi_synth.rendering:MidiSynth"),
        opened("endpoints.audio_to_midi.transcription:AudioToMidi"),
    )
    print("| program | F | missed | of these played again at once |\n| --- | --- | --- | --- |")
    for program in options.programs:
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            parts = melody(options.seed, program, notes=options.notes)
            write_midi(make_midi(parts, tempo=97.0), folder / "in.mid")
            [sound] = play(folder / "in.mid", folder)
            midi, _ = write(sound.path, folder)
            f, missed, again = compared(notes_of(parts), read_notes(read_midi(midi.path)))
        print(f"| {program} | {f:.2f} | {missed} | {again} |", flush=True)


if __name__ == "__main__":
    main()
