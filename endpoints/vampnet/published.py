"""The published networks: what each is called, and where its weights are. Data only.

The sizes and checksums of the fine-tunes are those that the hub shows for their commits. For the authors' own
repository no commit was to be had where this was written, so its files are pinned by their checksums alone: the
codec's is the one that the hub shows, the others are those that a project wrote down when it had downloaded the files;
their sizes are those of such networks without LoRA, and 60 to 76 kB around the numbers. The authors'
README licenses them as CC BY-NC-SA 4.0, their page on the hub more freely: the stricter counts here.
"""

from __future__ import annotations

from dataclasses import dataclass

from app.weights import BRANCH, HubWeights

CODEC = "codec.pth"


@dataclass(frozen=True)
class Published:
    """Two networks that belong together; the codec is the same for all.

    Attributes:
        name: as the user reads it.
        folder: of the repository, in which they lie; empty: in its root.
        weights: where they are.
    """

    name: str
    folder: str
    weights: HubWeights

    def file(self, network: str) -> str:
        """Return the name of a file, ``coarse`` or ``c2f``."""
        return f"{self.folder}{network}.pth"


def _fine_tune(name: str, repo: str, revision: str, licence: str, coarse: str, fine: str) -> Published:
    """Return a fine-tune, by the checksums of its files."""
    files = {"vampnet/coarse.pth": coarse, "vampnet/c2f.pth": fine}
    size = 1_343_718_241 + 1_111_127_537
    return Published(
        name, "vampnet/", HubWeights(repo, revision, tuple(files), files, licence, size, choice=("model", name))
    )


BASE = Published(
    "Music",
    "",
    HubWeights(
        "hugggof/vampnet",
        BRANCH,
        (CODEC, "coarse.pth", "c2f.pth"),
        {
            CODEC: "3db3fa43ab5d160439ddb81fc540b5573ad5ae962230de3fc5b47d218845b855",
            "coarse.pth": "78e4ad4f8398e8ec3651bc5e5c6ea2995e1080b6226be186723ccf4320c9756c",
            "c2f.pth": "b10ea2d45459d34edb773cbacd71f40f7baa1f4e75ac8bcd93b022ac69f8fa63",
        },
        "cc-by-nc-sa-4.0",
        600_996_465 + 1_332_182_321 + 1_101_898_865,
    ),
)
DUB = _fine_tune(
    "Dub",
    "pharoAIsanders420/vampnet-dub",
    "3075dc7853476daf9cc27742fb6c8b383e8e6ee1",
    "cc-by-nc-4.0",
    "498b4bde13e7deae396cdbda78c6ad565aa5fc7b66dbc67080c6cc429e1a9874",
    "c34df81876621c975e808c6b39e3f8a1cdbbf996a779a18c71189c8667b766df",
)
DRUM_AND_BASS = _fine_tune(
    "Drum and bass",
    "pharoAIsanders420/vampnet-dnb",
    "6b64d517e9233c786f57643f643674876ec5adf7",
    "cc-by-nc-sa-4.0",
    "1dac70f626a96855606ac9fd36c36566c6aa286b172de55c092a77473d0f5348",
    "3456d45ad747ac831be3129364b50fb3e069d6a8185cb9f6415e8f533ea54c8e",
)
PUBLISHED = (BASE, DUB, DRUM_AND_BASS)
