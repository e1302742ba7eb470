"""Something learnt as an endpoint: a folder that was trained, and a card."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from app.endpoint import Controls, Outputs, Progress, Region
from app.errors import ModelFormatError
from app.harp.card import ModelCard
from app.harp.tags import taxonomy_tags
from endpoints.deepafx.controls import CONTROLS, OUTPUTS, TRACK, asked_of

if TYPE_CHECKING:
    from endpoints.deepafx.folder import Result


def tags_of(*words: str) -> tuple[str, ...]:
    """Return the tags of an endpoint of this kind: HARP's, and further words."""
    places = taxonomy_tags("production", "post-processing", 44100, "stereo", [TRACK, *CONTROLS], OUTPUTS)
    return (*places, *words, "deepafx")


class Trained:
    """Hears a region, and turns the knobs of effects for it.

    A subclass states its ``card``, and the ``folder`` that a training wrote; or the folder is given.

    Args:
        folder: of something learnt; empty: what the class states.
    """

    card: ModelCard
    folder: Path
    inputs = (TRACK, *CONTROLS)
    outputs = OUTPUTS
    keeps_length = True
    permits: tuple[str, ...] = ()

    def __init__(self, folder: str = "") -> None:
        if folder:
            self.folder = Path(folder)

    def setup(self, device: str) -> None:
        """Read what was learnt; it is small, and computes on the processor.

        Raises:
            ModelFormatError: the folder is damaged, or needs a plugin that is not here.
        """
        self._result = read_trained(self.folder)

    def process(self, region: Region, controls: Controls, job: Progress) -> Outputs:
        """Return the region as the effects change it, and what they were set to.

        Raises:
            AudioFileError: the region cannot be read.
            JobCancelledError: the caller ended the job, which ``job.report`` says.
            ModelFormatError: an effect that is asked for is not here.
            ModelRunError: an effect, or the encoder, made something else than finite numbers.
            WorkerError: the result cannot be written.
        """
        from endpoints.deepafx.rendering import rendered

        return rendered(self.chosen(controls), region, asked_of(controls), job.report)

    def chosen(self, controls: Controls) -> Result:
        """Return what is applied."""
        return self._result


def read_trained(folder: Path) -> Result:
    """Read what a training wrote, for a worker.

    Raises:
        ModelFormatError: it is damaged, or needs a plugin that is not here; told without a path of this machine.
    """
    from endpoints.deepafx.folder import FolderError, read_result

    try:
        return read_result(folder)
    except FolderError as error:
        told = str(error).replace(f"{folder}/", "").replace(str(folder), folder.name)
        raise ModelFormatError(f"What was learnt cannot be used: {told}") from error
