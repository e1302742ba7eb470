"""The published networks: what each is called, and where its weights are. Data only.

The files are the authors' own. Their repositories are pinned by commit: those of the stereo ones stood in one project
where this was written, the others in several, independent of each other. Checksums were to be had of the small network,
of the codec and of T5 only; what the others' files are, the hub tells of their commits when they are installed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from app.weights import HubWeights

MUSIC_FILE, CODEC_FILE = "state_dict.bin", "compression_state_dict.bin"
WORDS_FILE = "tokenizer.json"


@dataclass(frozen=True)
class Published:
    """A network; the codec and the reader of words are the same for all.

    Attributes:
        name: as the user reads it.
        weights: where its :data:`MUSIC_FILE` is.
        follows: it can be given a melody.
    """

    name: str
    weights: HubWeights
    follows: bool = False


def _further(name: str, repo: str, revision: str, size: int, *, follows: bool = False) -> Published:
    """Return a network beside the small one, of about so many bytes."""
    weights = HubWeights(
        f"facebook/musicgen-{repo}", revision, (MUSIC_FILE,), {}, "cc-by-nc-4.0", size, choice=("version", name)
    )
    return Published(name, weights, follows)


SMALL = Published(
    "Small",
    HubWeights(
        "facebook/musicgen-small",
        "4c8334b02c6ec4e8664a91979669a501ec497792",
        (MUSIC_FILE, CODEC_FILE),
        {
            MUSIC_FILE: "830fe5771e2835cbd305f3ffdda22d3ff38718fbbe8274bd19dc203265de7244",
            CODEC_FILE: "37d256b525d4117f8bbf790ab448a8e9f4746cd401900fe1ae72e154b1513a30",
        },
        "cc-by-nc-4.0",
        840_843_863 + 236_001_935,
    ),
)
"""Its repository has the codec for all."""

T5 = HubWeights(
    "google-t5/t5-base",
    "a9723ea7f1b39c1eae772870f3b547bf6ef7e6c1",
    ("config.json", "model.safetensors", WORDS_FILE),
    {
        "config.json": "46dd7cb62d29c81fb551e0ef1ea274c24a46ba441eeb948897706252933df033",
        "model.safetensors": "a90903540cc02cbeb7ff9f823f1a80eb778c7e22426a0e620b01c77a5ec8f5b4",
        WORDS_FILE: "d2acde0d8d71dd30a711834b07781b9c89feaac33fd332f60507699282740066",
    },
    "apache-2.0",
    1_208 + 891_646_390 + 1_389_353,
)

_MEDIUM, _LARGE = 3_677_000_000, 6_514_000_000
"""Bytes of networks of the paper's sizes, in 16 bits."""

MEDIUM = _further("Medium", "medium", "d3bd7b00761b78ad7a8a05145ee31e7832e9916c", _MEDIUM)
LARGE = _further("Large", "large", "15ccdc92099879e47b6da12c350cdb71d4eab3ca", _LARGE)
MELODY = _further("Melody", "melody", "68d653a95788ec0d2b0abccab22c0b3a200c2d90", _MEDIUM, follows=True)
LARGE_MELODY = _further(
    "Large melody", "melody-large", "6fdf8d3d815995108c9bdb5183414ff464b171ac", _LARGE, follows=True
)
STEREO_SMALL = _further("Stereo small", "stereo-small", "3a110c0092820d470372c880c5ea06ce21a78ddd", 874_000_000)
STEREO_MEDIUM = _further("Stereo medium", "stereo-medium", "2747e613fbaadc43b14257224326ef58c5c11b81", 3_728_000_000)
STEREO_LARGE = _further("Stereo large", "stereo-large", "bda8ec330c9c17e09728589eaf678f58f7d2d932", 6_581_000_000)
STEREO_MELODY = _further(
    "Stereo melody", "stereo-melody", "022c3bd20a7d77e7c014082f0391bcbcd3940a7a", 3_728_000_000, follows=True
)
PUBLISHED = (SMALL, MEDIUM, LARGE, MELODY, LARGE_MELODY, STEREO_SMALL, STEREO_MEDIUM, STEREO_LARGE, STEREO_MELODY)


def weights_of(published: Sequence[Published]) -> tuple[HubWeights, ...]:
    """Return what networks need, T5 among it."""
    return (*(one.weights for one in published), T5)
