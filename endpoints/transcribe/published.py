"""The published sizes of Whisper: what each is called, and where its weights are. Data only.

Commits and checksums are those that several projects, independent of each other, wrote down when they had downloaded
the files; an installation checks what comes against them.
"""

from __future__ import annotations

from dataclasses import dataclass

from app.weights import HubWeights

CONFIG, GENERATION, TOKENIZER, NETWORK = "config.json", "generation_config.json", "tokenizer.json", "model.safetensors"
FILES = (CONFIG, GENERATION, TOKENIZER, NETWORK)


@dataclass(frozen=True)
class Published:
    """One size.

    Attributes:
        name: as the user reads it.
        weights: where its files are.
    """

    name: str
    weights: HubWeights


def _size(name: str, repo: str, commit: str, sha256: tuple[str, str, str, str], size: int, licence: str) -> Published:
    """Return one size, by the checksums of :data:`FILES` and the bytes of all of them."""
    weights = HubWeights(
        f"openai/whisper-{repo}", commit, FILES, dict(zip(FILES, sha256)), licence, size, choice=("model", name)
    )
    return Published(name, weights)


_WORDS = "27fc476bfe7f17299480be2273fc0608e4d5a99aba2ab5dec5374b4482d1a566"

TINY = _size(
    "Tiny",
    "tiny",
    "169d4a4341b33bc18d8881c4b69c2e104e1cc0af",
    (
        "ffdccec4f3211f4c63310f2b7098f309fe70f3952cedc5e4d11e43f5b2379b98",
        "a5d5325911f16e74001a72fa13d6e208eee51548f994646de1f4b4cc8b35b512",
        _WORDS,
        "7ebd0e69e78190ffe1438491fa05cc1f5c1aa3a4c4db3bc1723adbb551ea2395",
    ),
    1_983 + 3_747 + 2_480_466 + 151_061_672,
    "apache-2.0",
)
BASE = _size(
    "Base",
    "base",
    "e37978b90ca9030d5170a5c07aadb050351a65bb",
    (
        "a153c53883a6799b6f056b4a8d1a515c9926d03994682ba88a7616618d7da0c1",
        "444b3f636d2fff89dd9ecf549e2a085b61f7ff0fa0246d4628bac6a3b8cc9ba4",
        _WORDS,
        "07cadb9f25677c8d50df603e66a98fbd842cce45047139baeb16e6219a1e807b",
    ),
    1_983 + 3_807 + 2_480_466 + 290_403_936,
    "apache-2.0",
)
SMALL = _size(
    "Small",
    "small",
    "973afd24965f72e36ca33b3055d56a652f456b4d",
    (
        "e6a2b489da1b5aed65a8eb8d1e7466fa867ad5643a8bc138ba708bd56b2875c4",
        "71565b8ef50d0bf7a1193ed4bbed195b94e70c18894d81bba2f1233dcec3ab53",
        _WORDS,
        "1d7734884874f1a1513ed9aa760a4f8e97aaa02fd6d93a3a85d27b2ae9ca596b",
    ),
    1_967 + 3_868 + 2_480_466 + 966_995_080,
    "apache-2.0",
)
TURBO = _size(
    "Large v3 Turbo",
    "large-v3-turbo",
    "41f01f3fe87f28c78e2fbf8b568835947dd65ed9",
    (
        "c5b526b3e3cd64cd8940dabb45e8ba726629e22d8ed389c29b552f9140daf04a",
        "cce11bfe3aaa6ae9e072ea2637caaec8795e68d9b67e655a5af16ee509681a4c",
        "297b13372ac43916285644fb9687add3cc62ee2a1adb60da3dc25cc94c1871fd",
        "542566a422ae4f3fd23f1ba11add198fca01bbf82e66e6a2857b3f608b1eb9d1",
    ),
    1_256 + 3_772 + 2_710_337 + 1_617_824_864,
    "mit",
)
PUBLISHED = (TINY, BASE, SMALL, TURBO)
