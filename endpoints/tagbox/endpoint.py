"""Two tracks: what a tagger has a word for, brought out of music, and the rest; and what the tagger thought."""

from __future__ import annotations

from app.endpoint import Controls, Outputs, Progress, Region
from app.harp.card import ModelCard
from app.harp.tags import taxonomy_tags
from endpoints.tagbox.controls import BRING_OUT, OUTPUTS, OWN, REST, SEED, TAGGER, TRACK, steps_of, strength_of
from endpoints.tagbox.steered import Steered

_STEPS = steps_of(
    "5 change little of what hearing the parts one by one has found; 30 are enough for most, and take one core up to "
    "twice as long as the sound lasts; 300 take seven times that, and may fool the tagger. It ends earlier where "
    "nothing gets better.",
    30,
)
_STRENGTH = strength_of("1 hardly moves, 40 is usual, 100 pleases the tagger soonest and may separate worse.")
_CONTROLS = (BRING_OUT, OWN, TAGGER, _STEPS, _STRENGTH, REST, SEED)


class SteeredSeparation(Steered):
    """Steers gates over the parts of a mixture by what taggers hear."""

    card = ModelCard(
        name="Steered Separation",
        author="Harpist; musicnn by Jordi Pons and Xavier Serra, FCN trained by Minz Won",
        description=(
            "Experimental. Brings out any source that a tagger has a word for, though nothing was trained to separate "
            "it (TagBox, Manilow and others 2022). Best with drums; instruments that play the same notes part badly, "
            "harp, sitar and synthesizer hardly. For vocals, drums and bass, Stems is far better."
        ),
        tags=(
            *taxonomy_tags(
                "separation", "target-source-extraction", 44100, "stereo", [TRACK, *_CONTROLS], list(OUTPUTS)
            ),
            "tagbox",
            "experimental",
            "drums",
            "music",
        ),
        licence="mit",
    )
    inputs = (TRACK, *_CONTROLS)
    outputs = OUTPUTS
    timed = True

    def setup(self, device: str) -> None:
        """Load both taggers; whatever the device is, all is computed on the processor.

        Raises:
            WeightsMissingError: the package that musicnn's weights ship in is not installed.
        """
        super().setup("cpu")

    def process(self, region: Region, controls: Controls, job: Progress) -> Outputs:
        """Bring something out of a region.

        Raises:
            AudioFileError: the region cannot be read.
            ControlError: a tag of the user's own is none of the taggers'.
            JobCancelledError: the caller ended the job, which ``job.report`` says.
            WorkerError: the results cannot be written.
        """
        from endpoints.tagbox.engines import ByComponents

        return self._steered(region, self._task(controls), ByComponents(), job)
