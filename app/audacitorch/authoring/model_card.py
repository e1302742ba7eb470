"""The README.md of an exported model: the hub's model card, and a picture of its example. Standard library only."""

from __future__ import annotations

import json
from collections.abc import Sequence

from app.audacitorch.metadata import ModelMetadata
from app.audacitorch.profile import ModelProfile

_WIDTH, _HEIGHT = 800, 120


def readme(
    metadata: ModelMetadata, profile: ModelProfile, licence: str, body: str, examples: Sequence[tuple[str, str]]
) -> str:
    """Return the text of README.md, with the header that the hub reads.

    Args:
        metadata: what the model says of itself.
        profile: what it does.
        licence: an SPDX id, or the hub's name of a licence.
        body: Markdown of the author's own; without it the descriptions of the metadata.
        examples: ``(label, file)`` of what came out of the example.
    """
    tags = dict.fromkeys(["audacity", "audio", *metadata.domains, *(tag.lower() for tag in metadata.tags)])
    header = [
        "---",
        f"license: {licence}",
        f"pipeline_tag: {'audio-classification' if profile.labels else 'audio-to-audio'}",
        "library_name: audacitorch",
        "tags:",
        *(f"- {json.dumps(tag, ensure_ascii=False)}" if not tag.replace("-", "").isalnum() else f"- {tag}"
          for tag in tags),
        "---",
    ]  # fmt: skip
    name = metadata.name or metadata.short_description
    about = body.strip() or f"# {name}\n\n{metadata.long_description or metadata.short_description}"
    lines = ["## Example", "", "![waveform](example.svg)", "", "| | |", "| --- | --- |"]
    lines.append("| in | [example.wav](example.wav) |")
    lines += [f"| {_cell(label)} | [{file}]({file}) |" for label, file in examples]
    channels = "stereo" if profile.channels == 2 else "mono"
    files = "TorchScript (`model.pt`) and `metadata.json` of the audacitorch format"
    facts = ["", "## Format", "", f"{files}; {channels}, {metadata.sample_rate} Hz."]
    if profile.arguments:
        facts += ["", "| argument of `forward` | type | default |", "| --- | --- | --- |"]
        facts += [f"| `{item.name}` | {item.kind} | {_cell(str(item.default))} |" for item in profile.arguments]
    return "\n".join([*header, "", about, "", *lines, *facts, ""])


def picture(
    outlines: Sequence[tuple[str, Sequence[float], Sequence[float]]], spans: Sequence[tuple[float, float]] = ()
) -> str:
    """Return an SVG of waveforms below each other.

    Args:
        outlines: ``(label, minimum, maximum)`` of each sound, column by column, -1 to 1.
        spans: start and end of labels as shares of the whole, drawn over the first.
    """
    height = _HEIGHT * len(outlines)
    parts = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {height}" role="img">',
             f'<rect width="{_WIDTH}" height="{height}" fill="#ffffff"/>']  # fmt: skip
    for start, end in spans:
        left, width = _WIDTH * start, _WIDTH * (end - start)
        parts.append(f'<rect x="{left:.1f}" width="{width:.1f}" height="{_HEIGHT}" fill="#f2c14e" opacity="0.4"/>')
    for place, (label, lowest, highest) in enumerate(outlines):
        middle, scale = _HEIGHT * (place + 0.5), _HEIGHT * 0.42
        step = _WIDTH / max(1, len(highest))
        top = [f"{column * step:.1f},{middle - scale * value:.1f}" for column, value in enumerate(highest)]
        bottom = [f"{column * step:.1f},{middle - scale * value:.1f}" for column, value in enumerate(lowest)]
        parts.append(f'<polygon points="{" ".join([*top, *reversed(bottom)])}" fill="#2a6f97" stroke="#2a6f97"/>')
        shown = label.replace("&", "&amp;").replace("<", "&lt;")
        parts.append(f'<text x="8" y="{_HEIGHT * place + 16}" font-family="sans-serif" font-size="13">{shown}</text>')
    return "\n".join([*parts, "</svg>", ""])


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")
