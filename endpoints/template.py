"""A template for an endpoint in Python: copy it, rename it, and put your own method into ``process``.

It makes sound louder or softer. It is served by nobody: ``endpoints/README.md`` tells how yours is.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from app.audio.io import output_format, probe, suffix
from app.audio.overlap_add import StreamPlan
from app.audio.stream import stream_effect
from app.endpoint import Controls, FileOutput, Outputs, Progress, Region
from app.harp.card import ModelCard
from app.harp.controls import AudioTrack, Slider
from app.harp.tags import taxonomy_tags

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_RATE = 44100
"""Hz; the sound comes to ``process`` at this rate and goes back at its own."""

_TRACK = AudioTrack("Input Audio", "The sound to process: any length, any sample rate, 1 to 32 channels.")
_LEVEL = Slider(
    "level", "Level", "In decibels: -60 is next to silence, 0 changes nothing.", "decibels", -60, 12, 0.1, 0
)
_OUTPUT = AudioTrack("Louder", "In the input's length, sample rate, channels and format.")


class Template:
    """One endpoint: what the user sees, stated as data, and what is done with a region."""

    card = ModelCard(
        name="Template",
        author="You",
        description="Makes sound louder or softer. State what it does, its rate, its channels and its limits.",
        tags=(*taxonomy_tags("utility", None, _RATE, "stereo", [_TRACK, _LEVEL], [_OUTPUT]), "template"),
        licence="mit",
    )
    inputs = (_TRACK, _LEVEL)
    outputs = (_OUTPUT,)
    # What comes back has the region's length: the server holds the endpoint to it.
    keeps_length = True
    # The sandbox takes network and processes away; a model that needs one says so: ("network",).
    permits = ()

    def setup(self, device: str) -> None:
        """Load weights onto ``device``; import your own libraries here, so that listing the endpoint stays quick."""

    def process(self, region: Region, controls: Controls, job: Progress) -> Outputs:
        """Process one region in chunks, in fixed memory; see :func:`app.audio.stream.stream_effect`.

        Raises:
            AudioFileError: the region cannot be read.
            JobCancelledError: the caller ended the job, which ``job.report`` says.
        """
        factor = 10 ** (float(controls["level"]) / 20)  # type: ignore[arg-type]

        def louder(samples: NDArray[np.float32]) -> NDArray[np.float32]:
            # One stem: (channels, samples) becomes (1, channels, samples).
            return (samples * factor)[None]

        ending = suffix(output_format(probe(region.audio.path)), region.audio.name)
        path = region.output_path("louder", ending)
        plan = StreamPlan(_RATE, chunk=10 * _RATE, overlap=0)
        # What is too loud for the integers of a format becomes float, or what else the server's owner chose.
        written = stream_effect(region.audio.path, [path], louder, plan, too_loud=region.too_loud, progress=job.report)
        notices = {
            "float": "The result was too loud for its format: it is 32-bit float, which keeps the level.",
            "scale": "The result was too loud for its format, and was turned down to fit.",
            "clip": "The result was too loud for its format, and was cut off at full scale.",
        }
        return [FileOutput(written.paths[0], "Louder", notices.get(written.changed, ""))]
