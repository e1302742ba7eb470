"""Two tracks: the vocals, by the network that most people would choose for them, and all the rest."""

from __future__ import annotations

from app.endpoint import Controls, Outputs, Progress, Region
from app.harp.card import ModelCard
from app.harp.controls import AudioTrack, Dropdown
from app.harp.tags import taxonomy_tags
from endpoints.stems.separation import SEED, SHIFTS, TRACK, Separation, overlap_of, weights_of
from endpoints.stems.versions import DEUX, HTDEMUCS, ROFORMER

_MODEL = Dropdown(
    "model",
    "Model",
    "Mel-Band RoFormer was made for vocals alone, and is very slow without a graphics card. Deux, as slow, learnt "
    "vocals and accompaniment together; its weights are not for commercial use. HTDemucs is much quicker.",
    (ROFORMER.name, DEUX.name, HTDEMUCS.name),
    ROFORMER.name,
)
_OVERLAP = overlap_of("about 8; Deux: 13")
_VOCALS = AudioTrack("Vocals", "All voices, in the input's length, sample rate, channels and format.")
_REST = AudioTrack("Rest", "The music without them: both tracks sum to the input exactly.")


class Vocals(Separation):
    """The vocals, and the mix without them."""

    card = ModelCard(
        name="Vocals",
        author="Harpist; Mel-Band RoFormer trained by Kimberley Jensen, Deux by becruily; HTDemucs by Simon Rouard, "
        "Francisco Massa and Alexandre Défossez",
        description=(
            "Takes the vocals out of music, and gives the rest: two tracks that sum to the input exactly. By a "
            "Mel-Band RoFormer with 228 million weights, in stereo at 44.1 kHz; higher frequencies stay in the rest. "
            "Very slow without a graphics card: then HTDemucs is there too. Any length in the same memory."
        ),
        tags=(
            *taxonomy_tags(
                "separation",
                "stem-separation",
                44100,
                "stereo",
                [TRACK, _MODEL, SHIFTS, _OVERLAP, SEED],
                [_VOCALS, _REST],
            ),
            "roformer",
            "vocals",
            "karaoke",
            "music",
        ),
        licence="mit",
    )
    inputs = (TRACK, _MODEL, SHIFTS, _OVERLAP, SEED)
    outputs = (_VOCALS, _REST)
    versions = (ROFORMER, DEUX, HTDEMUCS)
    weights = weights_of(versions)
    needs = (*Separation.needs, "beartype", "mel_band_roformer", "packaging", "rotary_embedding_torch")

    def process(self, region: Region, controls: Controls, job: Progress) -> Outputs:
        """Separate a region into its vocals and the rest.

        Raises:
            AudioFileError: the region cannot be read.
            JobCancelledError: the caller ended the job, which ``job.report`` says.
            ModelRunError: the weights are not what they must be.
        """
        version = next(one for one in self.versions if one.name == controls["model"])
        return self._separated(region, controls, job, version, [("Vocals", ["vocals"]), ("Rest", [])], rest=1)
