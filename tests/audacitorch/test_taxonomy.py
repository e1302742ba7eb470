from __future__ import annotations

import pytest

from app.audacitorch.metadata import ModelMetadata
from app.audacitorch.taxonomy import place_effect, place_labeler
from app.harp.tags import CATEGORIES


@pytest.mark.parametrize(
    "text, stems, place",
    [
        ("Vocals and the rest", 2, ("separation", "stem-separation")),
        ("Extracts vocals", 1, ("separation", "target-source-extraction")),
        ("Denoising of speech", 1, ("enhancement", "denoising")),
        ("Noise reduction", 1, ("enhancement", "denoising")),
        ("Speech enhancement", 1, ("enhancement", "denoising")),
        ("Dereverberation", 1, ("enhancement", "dereverberation")),
        ("Audio super-resolution", 1, ("enhancement", "bandwidth-extension")),
        ("Something else", 1, ("effects", None)),
    ],
)
def test_effects_have_a_place(text, stems, place):
    assert place_effect(ModelMetadata(44100, short_description=text), stems) == place
    assert place[0] in CATEGORIES
    assert place[1] is None or place[1] in CATEGORIES[place[0]]


@pytest.mark.parametrize(
    "domains, text, subcategory",
    [
        (("music",), "Chords", "music-analysis"),
        (("speech",), "Words", "speech-analysis"),
        (("environmental",), "Birds", "general-audio-analysis"),
        (("music", "speech"), "Voice activity detection", "speech-analysis"),
        ((), "Pitch to notes", "music-analysis"),
        ((), "Things", "general-audio-analysis"),
    ],
)
def test_labelers_have_a_place(domains, text, subcategory):
    metadata = ModelMetadata(44100, domains=domains, short_description=text)
    assert place_labeler(metadata) == ("analysis", subcategory)
