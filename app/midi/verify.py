"""Reading MIDI results to their end, as an endpoint of our own: what a header cannot tell is found out in a worker."""

from __future__ import annotations

from app.endpoint import Controls, Outputs, Progress, Region
from app.errors import MidiFileError, ModelRunError
from app.harp.card import ModelCard
from app.midi.reading import read_midi


class VerifyMidi:
    """Returns nothing for results that are what they seem; each track's name is the label of the result."""

    card = ModelCard("Verify", "Harpist", "Reads MIDI files that a model returned to their end.")
    inputs = ()
    outputs = ()

    def setup(self, device: str) -> None:
        """Need nothing."""

    def process(self, region: Region, controls: Controls, job: Progress) -> Outputs:
        """Read every track.

        Raises:
            ModelRunError: one is no MIDI file, or a broken one.
        """
        for index, track in enumerate(region.tracks):
            if track is None:
                continue
            job.report(index / len(region.tracks))
            try:
                read_midi(track.path)
            except MidiFileError as error:
                reason = error.message.removeprefix("The MIDI file ")
                raise ModelRunError(
                    f"The model’s result “{track.name}” is not a MIDI file as it must be: it {reason}"
                ) from error
        return ()
