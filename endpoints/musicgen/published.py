"""The published networks: what each is called, and where its weights are. Data only.

The files are the authors' own, since only of these a checksum was to be had where this was written: that of the codec
two projects wrote down, independent of each other, and that of the network one, when they had downloaded them; the
commit is the one that many name. Those of T5, which reads the words, many projects agree on. The larger networks, the
ones that follow a melody and those for stereo are read as well (the tests have tiny ones of each), but not offered:
nobody was found to have written down their checksums.
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

PUBLISHED = (SMALL,)


def weights_of(published: Sequence[Published]) -> tuple[HubWeights, ...]:
    """Return what networks need, T5 among it."""
    return (*(one.weights for one in published), T5)
