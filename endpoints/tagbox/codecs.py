"""The published codecs by whose latents sound is steered: what each is called, and where its weights are. Data only.

Revisions and checksums are those that several projects, independent of each other, wrote down when they had downloaded
the files; an installation checks what comes against them. EnCodec's card on the hub says MIT, others read its authors'
terms as CC BY-NC 4.0: the stricter of both counts here, so that it is asked for.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from app.weights import HubWeights

DAC_FAMILY = "dac"
ENCODEC_FAMILY = "encodec"


@dataclass(frozen=True)
class PublishedCodec:
    """One codec.

    Attributes:
        name: as the user reads it.
        family: whose class it is an instance of: :data:`DAC_FAMILY` or :data:`ENCODEC_FAMILY`.
        weights: where its files are.
    """

    name: str
    family: str
    weights: HubWeights


DAC = PublishedCodec(
    "DAC 44.1 kHz",
    DAC_FAMILY,
    HubWeights(
        "descript/dac_44khz",
        "c1bc521685adf9cfe247bc39a5ca58917eda1ac4",
        ("config.json", "model.safetensors"),
        {
            "config.json": "4eb55fb9af1990b8d608184ad29b70e358589719af7ea8d3c06998f7c2264a64",
            "model.safetensors": "6128ebff483a41422b0164d079a3773b0d8d82e64c4293d775994cbf8baf913a",
        },
        "mit",
        541 + 306_507_276,
    ),
)
ENCODEC = PublishedCodec(
    "EnCodec 48 kHz",
    ENCODEC_FAMILY,
    HubWeights(
        "facebook/encodec_48khz",
        "c3def8e7185ac8c8efdce6eb8c4a651e487a503e",
        ("config.json", "model.safetensors"),
        {
            "config.json": "4a914ed15ed5a69e19932d05b0c51f2d22c68ffac70e959a757594cb0cd6e2a7",
            "model.safetensors": "47a15ffbaf7bb76176d0833e10590de0a8988a7848748608cefc36a1c88adfdc",
        },
        "cc-by-nc-4.0",
        803 + 76_291_152,
    ),
)
CODECS = (DAC, ENCODEC)


def weights_of(control: str) -> tuple[HubWeights, ...]:
    """Return the weights of all codecs, each for its choice of a control: they are installed one by one."""
    return tuple(replace(codec.weights, choice=(control, codec.name)) for codec in CODECS)
