"""A model's files for tests that run none: the weights are noise, the rest is as it should be."""

from __future__ import annotations

import json
import random

WEIGHTS = random.Random(5).randbytes(400_000)

RECORD = {
    "sample_rate": 44100,
    "domain_tags": ["music"],
    "short_description": "Takes a mix apart.",
    "long_description": "Takes a mix of drums and bass apart.",
    "tags": ["drums", "bass"],
    "labels": ["Drums", "Bass"],
    "effect_type": "waveform-to-waveform",
    "multichannel": False,
}
METADATA = json.dumps(RECORD)
README = "---\ntags: audacity\nlicense: mit\n---\n# A model\n"


def model_files(**changes: object) -> dict[str, bytes | str]:
    """A repository whose metadata differs in some keys."""
    return {"model.pt": WEIGHTS[:1000], "metadata.json": json.dumps({**RECORD, **changes}), "README.md": README}
