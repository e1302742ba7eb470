"""HARP 4's taxonomy: the tags that place a model on its home page."""

from __future__ import annotations

from collections.abc import Sequence

from app.harp.controls import AudioTrack, FileTrack, Input, LabelTrack, MidiTrack, Output, TextBox, TextTrack

CATEGORIES: dict[str, tuple[str, ...]] = {
    "generation": ("holistic", "infilling", "continuation", "accompaniment", "editing"),
    "synthesis": ("performance-rendering", "instrument-synthesis", "singing-voice-synthesis", "text-to-speech"),
    "effects": ("neural-analog-effects", "timbre-transfer", "effect-removal"),
    "enhancement": ("denoising", "dereverberation", "bandwidth-extension", "restoration"),
    "production": ("automatic-mixing", "mixing-style-transfer", "post-processing"),
    "separation": ("stem-separation", "target-source-extraction"),
    "analysis": ("music-analysis", "speech-analysis", "general-audio-analysis"),
    "utility": (),
}
"""Category ids, each with its subcategory ids."""

_ALIASES = {"wave": "wav", "aif": "aiff"}


def taxonomy_tags(
    category: str,
    subcategory: str | None,
    sample_rate: int | None,
    channels: str | None,
    inputs: Sequence[Input],
    outputs: Sequence[Output],
) -> tuple[str, ...]:
    """Return the tags of a model: its place, its rate in Hz, its channels and what goes in and out.

    Args:
        category: a key of :data:`CATEGORIES`.
        subcategory: one of that category's ids, or ``None``.
        sample_rate: the model's own rate, in Hz; ``None`` where there is no sound.
        channels: ``"mono"``, ``"stereo"`` or a number; ``None`` where there is no sound.
        inputs: what HARP sends.
        outputs: what comes back.

    Raises:
        ValueError: a category or subcategory that HARP does not know.
    """
    if category not in CATEGORIES or (subcategory is not None and subcategory not in CATEGORIES[category]):
        raise ValueError(f"HARP knows no category {category}/{subcategory}")
    tags = [f"category:{category}"]
    if subcategory is not None:
        tags.append(f"subcategory:{subcategory}")
    if sample_rate is not None:
        tags.append(f"sample-rate:{sample_rate}")
    if channels is not None:
        tags.append(f"channels:{channels}")
    return (*tags, *kind_tags(inputs, outputs))


def kind_tags(inputs: Sequence[Input], outputs: Sequence[Output]) -> tuple[str, ...]:
    """Return the tags of what goes in and what comes back, each once."""
    return (*_kinds("input", inputs), *_kinds("output", outputs))


def _kinds(side: str, items: Sequence[Input] | Sequence[Output]) -> list[str]:
    tags = (f"{side}:{kind}" for kind in map(_kind, items) if kind)
    return list(dict.fromkeys(tags))


def _kind(item: Input | Output) -> str:
    if isinstance(item, AudioTrack):
        return _with_formats("audio", item.file_types)
    if isinstance(item, MidiTrack):
        return "midi"
    if isinstance(item, LabelTrack):
        return "labels"
    if isinstance(item, (TextBox, TextTrack)):
        return "text"
    if isinstance(item, FileTrack):
        return _with_formats("file", item.file_types)
    return ""


def _with_formats(kind: str, file_types: Sequence[str]) -> str:
    """Return a kind with the formats that it is limited to, each by the one name that HARP knows it by.

    >>> _with_formats("audio", (".WAV", ".aif", ".aiff"))
    'audio/wav|aiff'
    """
    names = (extension.lower().lstrip(".") for extension in file_types)
    formats = "|".join(dict.fromkeys(_ALIASES.get(name, name) for name in names))
    return f"{kind}/{formats}" if formats else kind
