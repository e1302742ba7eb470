"""Where on HARP's home page a model belongs, judged by what it says of itself. Standard library only."""

from __future__ import annotations

import re

from app.audacitorch.metadata import ModelMetadata

Place = tuple[str, str | None]
"""Category and subcategory, as :data:`app.harp.tags.CATEGORIES` has them."""

_ANALYSES = {"music": "music-analysis", "speech": "speech-analysis"}
_ANALYSIS_WORDS: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(r"voice activity|\bvad\b|speech|speaker|phonem|transcri.{0,60}words"), "speech-analysis"),
    (re.compile(r"chord|pitch|note|beat|onset|tempo|instrument|music"), "music-analysis"),
)
_EFFECT_WORDS: tuple[tuple[re.Pattern[str], Place], ...] = (
    (re.compile(r"de-?nois|noise (reduction|suppression|removal)|enh?anc|enhsi"), ("enhancement", "denoising")),
    (re.compile(r"de-?reverb"), ("enhancement", "dereverberation")),
    (re.compile(r"super.?resolution|bandwidth ext|upsampl"), ("enhancement", "bandwidth-extension")),
    (re.compile(r"restor|de-?click|de-?clip|inpaint"), ("enhancement", "restoration")),
    (re.compile(r"timbre|voice conversion|style transfer"), ("effects", "timbre-transfer")),
    (re.compile(r"separat|extract|isolat|vocal|\bstem"), ("separation", "target-source-extraction")),
    (re.compile(r"amp(lifier)? (model|simul)|distort|overdrive"), ("effects", "neural-analog-effects")),
)


def place_labeler(metadata: ModelMetadata) -> Place:
    """Return the place of a model that labels."""
    if len(metadata.domains) == 1 and metadata.domains[0] in _ANALYSES:
        return "analysis", _ANALYSES[metadata.domains[0]]
    words = _words(metadata)
    for pattern, subcategory in _ANALYSIS_WORDS:
        if pattern.search(words):
            return "analysis", subcategory
    return "analysis", "general-audio-analysis"


def place_effect(metadata: ModelMetadata, stems: int) -> Place:
    """Return the place of a model that gives back ``stems`` tracks."""
    if stems > 1:
        return "separation", "stem-separation"
    words = _words(metadata)
    for pattern, place in _EFFECT_WORDS:
        if pattern.search(words):
            return place
    return "effects", None


def _words(metadata: ModelMetadata) -> str:
    texts = (
        metadata.name,
        metadata.short_description,
        metadata.long_description,
        *metadata.tags,
        *metadata.labels[:20],
    )
    return " ".join(texts).lower()
