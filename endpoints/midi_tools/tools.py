"""The everyday tools of a piano roll as an endpoint: MIDI in, MIDI out."""

from __future__ import annotations

import random
from pathlib import Path

from app.endpoint import Controls, FileOutput, Outputs, Progress, Region
from app.harp.card import ModelCard
from app.harp.controls import MidiTrack
from app.harp.tags import taxonomy_tags
from endpoints.midi_tools.choices import CONTROLS, MOST_SEED, Choices, chosen

_TRACK = MidiTrack("Input MIDI", "The notes to change: a standard MIDI file of any format.")
_OUTPUT = MidiTrack("Edited MIDI", "The same file with its notes changed; all else in it is as it was.")


class MidiTools:
    """Transpose, scale, quantize, humanize and velocity, in this order."""

    card = ModelCard(
        name="MIDI Tools",
        author="Harpist",
        description=(
            "Changes the notes of a MIDI file: transposes them, brings them to a scale, quantizes them to a grid with "
            "strength and swing, makes them less exact (humanize), and changes how hard they are struck. What is left "
            "at its default changes nothing. Tempo map, names, instruments, pedal, bends and all other events stay as "
            "they are. A note never moves before the instrument that is chosen for it."
        ),
        tags=(
            *taxonomy_tags("generation", "editing", None, None, [_TRACK, *CONTROLS], [_OUTPUT]),
            "MIDI",
            "quantize",
            "transpose",
            "humanize",
            "scale",
            "velocity",
        ),
        licence="mit",
    )
    inputs = (_TRACK, *CONTROLS)
    outputs = (_OUTPUT,)
    permits = ()
    example = Path(__file__).with_name("example.mid")

    def setup(self, device: str) -> None:
        """Need nothing."""

    def process(self, region: Region, controls: Controls, job: Progress) -> Outputs:
        """Change the notes of the file that was sent.

        Raises:
            MidiFileError: the file is broken.
            ControlError: a seed that is no whole number, or a grid for a file without beats.
            JobCancelledError: the caller ended the job, which ``job.report`` says.
            WorkerError: the result cannot be written.
        """
        from app.midi.reading import read_midi
        from app.midi.writing import write_midi
        from endpoints.midi_tools.editing import edit

        choices = chosen(controls)
        seed = choices.seed or random.SystemRandom().randint(1, MOST_SEED)
        edited = edit(read_midi(region.audio.path), choices, seed, job.report)
        path = region.output_path("edited", ".mid")
        write_midi(edited.midi, path)
        return [FileOutput(path, _OUTPUT.label, told(choices, seed, edited.notes, edited.folded))]


def told(choices: Choices, seed: int, notes: int, folded: int) -> str:
    """Return what the user should know of a result, ``""`` for nothing."""
    if not notes:
        return "The file has no notes; it came back as it was."
    said = []
    if choices.humanizes:
        said.append(f"Seed {seed}.")
    if folded:
        said.append(f"{folded} of {notes} notes would have left the range of MIDI and were moved by octaves.")
    return " ".join(said)
