"""Reading results to their end, as an endpoint of our own: what a header cannot tell is found out in a worker."""

from __future__ import annotations

from app.audio.io import open_reader
from app.endpoint import Controls, Outputs, Progress, Region
from app.errors import AudioFileError, ModelRunError
from app.harp.card import ModelCard


class Verify:
    """Returns nothing for results that are what they seem; each track's name is the label of the result."""

    card = ModelCard("Verify", "Harpist", "Reads what a model returned to its end.")
    inputs = ()
    outputs = ()

    def setup(self, device: str) -> None:
        """Need nothing."""

    def process(self, region: Region, controls: Controls, job: Progress) -> Outputs:
        """Read every track.

        Raises:
            ModelRunError: one is not sound, holds less than its header promises, or samples that are no numbers.
        """
        for index, track in enumerate(region.tracks):
            if track is None:
                continue
            reason = "is not sound that can be read"
            try:
                with open_reader(track.path) as reader:
                    reason = "holds samples that are not finite numbers (NaN or infinity), or is cut short"
                    while reader.read().shape[1]:
                        job.report(index / len(region.tracks))
            except AudioFileError as error:
                raise ModelRunError(f"The model’s result “{track.name}” {reason}.") from error
        return ()
