"""The repositories that are known to hold models, with metadata of every generation and slip seen in real ones.

The names are real; the kind, rate and labels are what each is for; the slips (a trailing comma, a continued line, a
long description, capitals, more and fewer labels than rows, stereo with one label) are spread over them. What is behind
them is of our own making: :mod:`tests.hub_server.networks`.
"""

from __future__ import annotations

import json
from dataclasses import dataclass

INSTRUMENTS = [f"instrument {number}" for number in range(75)]


@dataclass(frozen=True)
class KnownModel:
    """One repository.

    Attributes:
        metadata: the text of its metadata.json.
        rows: of the waveform that the model returns; 0 for a labeler.
        channels: that it takes at once.
        classes: of a labeler.
        outputs: what an endpoint made of it must offer.
        licence: in the header of its README.md, or ``""``.
    """

    id: str
    metadata: str
    rows: int = 0
    channels: int = 1
    classes: int = 0
    outputs: tuple[str, ...] = ()
    licence: str = ""

    @property
    def readme(self) -> str:
        """Its README.md."""
        licence = f"license: {self.licence}\n" if self.licence else ""
        return f"---\ntags: audacity\n{licence}---\n"


def _effect(rate: int, domain: str, text: str, labels: list[str], **more: object) -> dict[str, object]:
    return {
        "sample_rate": rate,
        "domain_tags": [domain],
        "short_description": text,
        "long_description": f"{text} Made for the tests.",
        "tags": ["separation"],
        "labels": labels,
        "effect_type": "waveform-to-waveform",
        "multichannel": False,
        **more,
    }


def _labeler(rate: int, domain: str, text: str, labels: list[str]) -> dict[str, object]:
    return _effect(rate, domain, text, labels, effect_type="waveform-to-labels", tags=["labels"])


_OLD = {
    "sample_rate": 8000,
    "domain": "speech",
    "description": "Separates two speakers.",
    "effect": "source-separation",
}
_OLDER = {"sample_rate": 16000, "domains": ["speech"], "description": "Finds voices.", "effect_type": "labeler"}
_CONTINUED = json.dumps(_effect(16000, "speech", "Makes speech clear.", ["enhanced"]), indent=2).replace(
    "Made for", "Made \\\n     for"
)
_COMMA = json.dumps(_effect(44100, "music", "Takes a song apart.", ["drums", "bass", "other", "vocals"]))[:-1] + ",\n}"

KNOWN = (
    KnownModel(
        "hugggof/ConvTasNet-DAMP-Vocals",
        json.dumps(_effect(16000, "music", "Takes singing out of its accompaniment. " + "x" * 44, ["vocals", "rest"])),
        rows=2,
        outputs=("vocals", "rest"),
        licence="cc-by-nc-4.0",
    ),
    KnownModel(
        "hugggof/ConvTasNet_WHAM_sepclean",
        json.dumps({**_OLD, "labels": ["speaker 1"]}),
        rows=2,
        outputs=("speaker 1", "Output 2"),
    ),
    KnownModel(
        "hugggof/ConvTasNet_Libri3Mix_sepnoisy_16k",
        json.dumps(_effect(16000, "speech", "Three speakers.", ["one", "two", "three", "noise"])),
        rows=3,
        outputs=("one", "two", "three"),
    ),
    KnownModel("hugggof/ConvTasNet_Libri1Mix_enhsignle_16k", _CONTINUED, rows=1, outputs=("enhanced",)),
    KnownModel("hugggof/demucs_extra", _COMMA, rows=4, outputs=("drums", "bass", "other", "vocals"), licence="mit"),
    KnownModel(
        "aguilara42/openl3-labeler-w-timestamps",
        json.dumps(_labeler(48000, "music", "Names instruments.", INSTRUMENTS)),
        classes=75,
    ),
    KnownModel(
        "aguilara42/audacity-Wav2Vec2-Base",
        json.dumps(_labeler(16000, "speech", "Writes down speech.", list("abcdefghijklmnopqrstuvwxyz |'"))),
        classes=29,
    ),
    KnownModel("aguilara42/simple-vad", json.dumps({**_OLDER, "labels": ["speech", "silence"]}), classes=2),
    KnownModel(
        "oreillyp/pitch-tracker",
        json.dumps(_labeler(16000, "Music", "Follows a melody.", [f"MIDI {note}" for note in range(36, 96)])),
        classes=60,
    ),
    KnownModel(
        "oreillyp/ConvTas2",
        json.dumps(_effect(8000, "speech", "Two speakers.", ["first", "second"])),
        rows=2,
        outputs=("first", "second"),
    ),
    KnownModel(
        "oreillyp/UNET",
        json.dumps(_effect(44100, "music", "Stereo in, stereo out.", ["result"], multichannel=True)),
        rows=2,
        channels=2,
        outputs=("result",),
    ),
)
