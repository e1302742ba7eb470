"""The published networks that take music apart: which stems each knows, and where its weights are. Data only.

Revisions and checksums are those that several projects, independent of each other, wrote down when they had downloaded
the files; an installation checks what comes against them. Which file of the fine-tuned version is for which stem stands
in the package's ``demucs/remote/htdemucs_ft.yaml``: its weights are the identity.

The weights of the first RoFormer carry the licence that their author gave them on 22 April 2026, in the very commit
that is named here; before that it was another. Those of the second, Deux, are not for commercial use. On how long a
segment a RoFormer was trained stands only in its author's configuration.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from app.weights import HubWeights

RATE = 44100
"""Hz: the rate of all of them; they are stereo."""

HTDEMUCS_FAMILY = "htdemucs"
ROFORMER_FAMILY = "mel-band roformer"


@dataclass(frozen=True)
class Version:
    """One published set of networks.

    Attributes:
        name: as the user reads it.
        sources: the stems that each of its networks returns, in their order, by the package's names.
        files: which file is for which stem.
        weights: where the files are.
        family: which class they are networks of: :data:`HTDEMUCS_FAMILY` or :data:`ROFORMER_FAMILY`.
        segment: samples of a segment, where the files do not tell; 0 where they do.
    """

    name: str
    sources: tuple[str, ...]
    files: Mapping[str, str]
    weights: HubWeights
    family: str = HTDEMUCS_FAMILY
    segment: int = 0

    @property
    def wants_even(self) -> bool:
        """Whether the level of the whole file is taken out of what its networks hear."""
        return self.family == HTDEMUCS_FAMILY

    @property
    def stems(self) -> tuple[str, ...]:
        """The stems as the user reads them, what people ask for most first."""
        return tuple(stem for stem in STEMS if stem.lower() in self.sources)


STEMS = ("Vocals", "Drums", "Bass", "Guitar", "Piano", "Other")
"""All stems that any of them knows, as the user reads them."""

_FOUR = ("drums", "bass", "other", "vocals")
_SIX = (*_FOUR, "guitar", "piano")


def version(
    name: str,
    sources: tuple[str, ...],
    files: Sequence[str],
    repo: str,
    revision: str,
    sha256: Sequence[str],
    size: int,
) -> Version:
    """Return a version with one file for all stems, or a file for each of them in their order; sizes are bytes."""
    named = tuple(f"{file}.safetensors" for file in files)
    of = dict(zip(sources, named if len(named) > 1 else named * len(sources)))
    return Version(name, sources, of, HubWeights(repo, revision, named, dict(zip(named, sha256)), "mit", size))


HTDEMUCS = version(
    "HTDemucs",
    _FOUR,
    ["955717e8"],
    "adefossez/HTDemucs",
    "bf35a81b663819a8255c8fefee17f9d812b786b5",
    ["d9fa14133cfcc034a6758923bb3a8ca9f8dfd0b582134643bbf83f72c17576dd"],
    84_025_440,
)
FINE_TUNED = version(
    "HTDemucs fine-tuned",
    _FOUR,
    ["f7e0c4bc", "d12395a8", "92cfc3b6", "04573f0d"],
    "adefossez/HTDemucs-ft",
    "478be8a68f85418addd6f7baefd4be76522a4034",
    [
        "2c85ab3c62dd6edd8e0b965e38b16fd1cdde357cc25de6b6bc9ce7c83f60925f",
        "5b01a97567ae9a3178a6236fb520251045c03eb8834bc8c24a4eec11d6c8fb56",
        "a241863551f30d01c42bd7b97da40839922ead3acb0f1fcab25682f55b4eeb59",
        "68854b0d7c2b3274723b5761f6fd9f5aec5f1bcd3f0de7c1669546fdb7871b7c",
    ],
    4 * 84_025_440,
)
SIX_STEMS = version(
    "HTDemucs six stems",
    _SIX,
    ["5c90dfd2"],
    "adefossez/HTDemucs-6s",
    "3c5ee475be622df764938de97e4281a7b07ffa58",
    ["d2a1745f0744721f6b8ca5bf469b67c651ea5ed1b52998cab033b2158609d411"],
    54_885_744,
)
ROFORMER = Version(
    "Mel-Band RoFormer",
    ("vocals",),
    {"vocals": "MelBandRoformer.ckpt"},
    HubWeights(
        "KimberleyJSN/melbandroformer",
        "ac9b0614ab3cd7f77219e18ba494dfd93956c348",
        ("MelBandRoformer.ckpt",),
        {"MelBandRoformer.ckpt": "87201f4d31afb5bc79993230fc49446918425574db48c01c405e44f365c7559e"},
        "mit",
        913_106_900,
    ),
    ROFORMER_FAMILY,
    352_800,
)
DEUX = Version(
    "Mel-Band RoFormer Deux",
    ("vocals", "other"),
    {"vocals": "becruily_deux.ckpt", "other": "becruily_deux.ckpt"},
    HubWeights(
        "becruily/mel-band-roformer-deux",
        "2da74427d682a3df47a774378fc24d7a1a0cdaad",
        ("becruily_deux.ckpt",),
        {"becruily_deux.ckpt": "10255c02295bf3e3865d4ee50ff752d7b19b124ed5fd93b147babc4333eda3aa"},
        "cc-by-nc-4.0",
        435_006_815,
    ),
    ROFORMER_FAMILY,
    573_300,
)
