"""The paper's own system: a codec's numbers are changed until a tagger hears what was asked for."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from app.endpoint import Controls, Outputs, Progress, Region
from app.harp.card import ModelCard
from app.harp.controls import Dropdown, Toggle
from app.harp.tags import taxonomy_tags
from endpoints.tagbox.codecs import CODECS, DAC, ENCODEC, weights_of
from endpoints.tagbox.controls import BRING_OUT, OUTPUTS, OWN, REST, SEED, TAGGER, TRACK, steps_of, strength_of
from endpoints.tagbox.steered import Steered

if TYPE_CHECKING:
    from endpoints.tagbox.latents.codec_network import CodecNetwork

_ENGINE = Dropdown(
    "engine",
    "Engine",
    "Whose numbers are changed. Both need a graphics card: on a processor, DAC takes some seconds a step for each "
    "second of sound. EnCodec is smaller and quicker; its weights are not for commercial use.",
    (DAC.name, ENCODEC.name),
    DAC.name,
)
_STYLE = Toggle(
    "style",
    "Style",
    "On: no mask. The codec's own sound comes back, in mono, pushed towards the word: not a part of the music, but the "
    "music made more like it. “Not in the rest” then counts for nothing.",
    False,
)
_STEPS = steps_of(
    "10 show where it goes, 100 are the authors' choice, 300 seldom help. It ends earlier where nothing gets better.",
    30,
)
_STRENGTH = strength_of(
    "1 hardly moves, 40 is usual, 100 changes each number by as much as such numbers differ, in every step."
)
_REST = replace(REST, value=False)
_CONTROLS = (BRING_OUT, OWN, _ENGINE, TAGGER, _STEPS, _STRENGTH, _REST, _STYLE, SEED)


class SteeredCodec(Steered):
    """Steers the numbers of a codec by what taggers hear; they are a mask for the music, or its new sound."""

    card = ModelCard(
        name="Steered Codec",
        author="Harpist; DAC by Descript, EnCodec by Alexandre Défossez and others, taggers by Jordi Pons, Xavier "
        "Serra and Minz Won",
        description=(
            "Experimental, needs a graphics card. TagBox as published (Manilow and others 2022): a codec's numbers are "
            "changed until a tagger hears the word; as a mask that brings a source out, or without it, as style. "
            "Nobody has measured yet how well it separates with these codecs."
        ),
        tags=(
            *taxonomy_tags(
                "separation", "target-source-extraction", 44100, "stereo", [TRACK, *_CONTROLS], list(OUTPUTS)
            ),
            "tagbox",
            "experimental",
            "style",
            "music",
        ),
        licence="mit",
    )
    inputs = (TRACK, *_CONTROLS)
    outputs = OUTPUTS
    needs = ("safetensors", "transformers")
    weights: Any = weights_of(_ENGINE.name)

    def setup(self, device: str) -> None:
        """Load the taggers, and the codec that stands there at first; another comes when it is asked for.

        Raises:
            ModelRunError: the weights are not what they must be.
            WeightsMissingError: the package that musicnn's weights ship in is not installed.
        """
        super().setup(device)
        self._held: tuple[str, CodecNetwork] | None = None
        self._codec(_ENGINE.value)

    def process(self, region: Region, controls: Controls, job: Progress) -> Outputs:
        """Bring something out of a region, or push the region towards it.

        Raises:
            AudioFileError: the region cannot be read.
            ControlError: a tag of the user's own is none of the taggers'.
            JobCancelledError: the caller ended the job, which ``job.report`` says.
            ModelRunError: the weights are not what they must be.
            WorkerError: the results cannot be written.
        """
        from endpoints.tagbox.engines import ByCodec

        task = self._task(controls)
        return self._steered(region, task, ByCodec(self._codec(str(controls["engine"]))), job)

    def _codec(self, name: str) -> CodecNetwork:
        """Return a codec's network; that of another leaves the memory."""
        from endpoints.tagbox.latents.codec_network import open_codec

        if self._held is None or self._held[0] != name:
            self._held = None
            codec = next(one for one in CODECS if one.name == name)
            self._held = (name, open_codec(codec, self.weights[codec.weights.repo], self._device))
        return self._held[1]
