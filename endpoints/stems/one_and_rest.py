"""Two tracks: the stems that somebody wants, and all the rest."""

from __future__ import annotations

from typing import cast

from app.endpoint import Controls, Outputs, Progress, Region
from app.errors import ControlError
from app.harp.card import ModelCard
from app.harp.controls import AudioTrack, Dropdown, MultiSelect
from app.harp.tags import taxonomy_tags
from endpoints.stems.separation import OVERLAP, SEED, SHIFTS, TRACK, Separation, weights_of
from endpoints.stems.versions import FINE_TUNED, HTDEMUCS, SIX_STEMS, STEMS, Version

_MODEL = Dropdown(
    "model",
    "Model",
    "HTDemucs knows vocals, drums, bass and other. The fine-tuned one has a network for each of them: a little "
    "cleaner, and slower by each stem that you choose. Guitar and piano need the one with six stems.",
    (HTDEMUCS.name, FINE_TUNED.name, SIX_STEMS.name),
    HTDEMUCS.name,
)
_STEMS = MultiSelect(
    "stems",
    "Stems",
    "What comes back as the first track, together if there are several; all else is the second. Guitar and piano are "
    "known to the model with six stems only; “Other” is what is none of the model's stems.",
    STEMS,
    ("Vocals",),
)
_CHOSEN = AudioTrack("Stem", "What you chose, in the input's length, sample rate, channels and format.")
_REST = AudioTrack("Rest", "All else: both tracks sum to the input exactly.")


class OneAndRest(Separation):
    """The chosen stems together, and the mix without them."""

    card = ModelCard(
        name="Stems",
        author="Harpist; HTDemucs by Simon Rouard, Francisco Massa and Alexandre Défossez",
        description=(
            "Takes vocals out of music, or drums, bass, guitar, piano, and gives the rest: two tracks that sum to the "
            "input exactly. By the networks of Demucs (HTDemucs, fine-tuned, six stems), in stereo at 44.1 kHz; higher "
            "frequencies stay in the rest. Any length in the same memory. Piano is the weakest stem. It knows music, "
            "not speech in noise."
        ),
        tags=(
            *taxonomy_tags(
                "separation",
                "stem-separation",
                44100,
                "stereo",
                [TRACK, _MODEL, _STEMS, SHIFTS, OVERLAP, SEED],
                [_CHOSEN, _REST],
            ),
            "demucs",
            "vocals",
            "karaoke",
            "music",
        ),
        licence="mit",
    )
    inputs = (TRACK, _MODEL, _STEMS, SHIFTS, OVERLAP, SEED)
    outputs = (_CHOSEN, _REST)
    versions = (HTDEMUCS, FINE_TUNED, SIX_STEMS)
    weights = weights_of(versions)

    def process(self, region: Region, controls: Controls, job: Progress) -> Outputs:
        """Separate a region into what was chosen and the rest.

        Raises:
            AudioFileError: the region cannot be read.
            ControlError: no stem was chosen, or one that the model does not know.
            JobCancelledError: the caller ended the job, which ``job.report`` says.
            ModelRunError: the weights are not what they must be.
        """
        version = next(one for one in self.versions if one.name == controls["model"])
        chosen = checked_stems(cast("tuple[str, ...]", controls["stems"]), version)
        results = [(" and ".join(chosen), [stem.lower() for stem in chosen]), ("Rest", [])]
        return self._separated(region, controls, job, version, results, rest=1)


def checked_stems(chosen: tuple[str, ...], version: Version) -> tuple[str, ...]:
    """Return what was chosen.

    Raises:
        ControlError: that is nothing, or something that the version does not know.
    """
    if not chosen:
        raise ControlError(f"Stems expects at least one of {', '.join(STEMS)}; none was chosen.")
    unknown = [stem for stem in chosen if stem not in version.stems]
    if unknown:
        raise ControlError(
            f"{version.name} has no stem for {' and '.join(unknown).lower()}, only for "
            f"{', '.join(version.stems).lower()}; “{SIX_STEMS.name}” under Model has all."
        )
    return chosen
