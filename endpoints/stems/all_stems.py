"""A track for each stem: four of them, or six."""

from __future__ import annotations

from app.endpoint import Controls, Outputs, Progress, Region
from app.harp.card import ModelCard
from app.harp.controls import AudioTrack, Dropdown, Toggle
from app.harp.tags import taxonomy_tags
from endpoints.stems.separation import OVERLAP, SEED, SHIFTS, TRACK, Separation, weights_of
from endpoints.stems.versions import FINE_TUNED, HTDEMUCS, SIX_STEMS, Version

_AUTHOR = "Harpist; HTDemucs by Simon Rouard, Francisco Massa and Alexandre Défossez"
_MODEL = Dropdown(
    "model",
    "Model",
    "The fine-tuned one has a network for each stem: a little cleaner, and four times slower.",
    (HTDEMUCS.name, FINE_TUNED.name),
    HTDEMUCS.name,
)
_EXACT = Toggle(
    "exact",
    "Rest into Other",
    "On: “Other” also gets what no stem has, and the frequencies above 22 kHz, so that all tracks sum to the input "
    "exactly. Off: it is as the network gives it.",
    True,
)


def _tracks(version: Version) -> tuple[AudioTrack, ...]:
    told = "In the input's length, sample rate, channels and format."
    return tuple(AudioTrack(stem, told) for stem in version.stems)


class AllStems(Separation):
    """Every stem that a version knows, each a track."""

    def process(self, region: Region, controls: Controls, job: Progress) -> Outputs:
        """Separate a region into all stems.

        Raises:
            AudioFileError: the region cannot be read.
            JobCancelledError: the caller ended the job, which ``job.report`` says.
            ModelRunError: the weights are not what they must be.
        """
        names = {version.name: version for version in self.versions}
        version = names[str(controls.get("model", self.versions[0].name))]
        results = [(stem, [stem.lower()]) for stem in version.stems]
        rest = version.stems.index("Other") if controls["exact"] else None
        return self._separated(region, controls, job, version, results, rest)


class FourStems(AllStems):
    """Vocals, drums, bass, other."""

    card = ModelCard(
        name="Four Stems",
        author=_AUTHOR,
        description=(
            "Splits music into vocals, drums, bass and other: four tracks that sum to the input exactly. By the "
            "networks of Demucs (HTDemucs, or fine-tuned), in stereo at 44.1 kHz; higher frequencies stay in “Other”. "
            "Any length in the same memory. For one stem and the rest, “Stems” is quicker with the fine-tuned model."
        ),
        tags=(
            *taxonomy_tags(
                "separation",
                "stem-separation",
                44100,
                "stereo",
                [TRACK, _MODEL, _EXACT, SHIFTS, OVERLAP, SEED],
                _tracks(HTDEMUCS),
            ),
            "demucs",
            "vocals",
            "drums",
            "bass",
            "music",
        ),
        licence="mit",
    )
    inputs = (TRACK, _MODEL, _EXACT, SHIFTS, OVERLAP, SEED)
    outputs = _tracks(HTDEMUCS)
    versions = (HTDEMUCS, FINE_TUNED)
    weights = weights_of(versions)


class SixStems(AllStems):
    """Vocals, drums, bass, guitar, piano, other."""

    card = ModelCard(
        name="Six Stems",
        author=_AUTHOR,
        description=(
            "Splits music into vocals, drums, bass, guitar, piano and other: six tracks that sum to the input exactly. "
            "By HTDemucs with six stems, in stereo at 44.1 kHz; higher frequencies stay in “Other”. Any length in the "
            "same memory. Its makers call it experimental: guitar is usable, piano is weak and leaks."
        ),
        tags=(
            *taxonomy_tags(
                "separation",
                "stem-separation",
                44100,
                "stereo",
                [TRACK, _EXACT, SHIFTS, OVERLAP, SEED],
                _tracks(SIX_STEMS),
            ),
            "demucs",
            "guitar",
            "piano",
            "music",
        ),
        licence="mit",
    )
    inputs = (TRACK, _EXACT, SHIFTS, OVERLAP, SEED)
    outputs = _tracks(SIX_STEMS)
    versions = (SIX_STEMS,)
    weights = tuple(version.weights for version in versions)
