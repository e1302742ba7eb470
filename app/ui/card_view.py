"""A model's card as HTML."""

from __future__ import annotations

from html import escape

from app.harp.card import DEVIATES, ModelCard
from app.harp.tags import CATEGORIES

_TAXONOMY = ("category", "subcategory", "sample-rate", "channels", "input", "output")


def shown_tags(card: ModelCard) -> list[str]:
    """Return the tags worth reading: HARP's taxonomy in words, then the free ones, each once."""
    tags: list[str] = []
    for tag in card.tags:
        kind, _, value = tag.partition(":")
        if kind in ("category", "subcategory") and value:
            words = value.replace("-", " ")
        elif kind == "sample-rate" and value.isdigit():
            words = f"{int(value) / 1000:g} kHz"
        elif kind in _TAXONOMY:
            continue
        else:
            words = tag
        if words and words not in tags:
            tags.append(words)
    return tags


def category(card: ModelCard) -> str:
    """Return the card's HARP category in words, or an empty text."""
    for tag in card.tags:
        kind, _, value = tag.partition(":")
        if kind == "category" and value in CATEGORIES:
            return value
    return ""


def paragraphs(text: str) -> str:
    """Return plain text as HTML paragraphs."""
    return "".join(f"<p>{escape(part.strip())}</p>" for part in text.split("\n") if part.strip())


_WINDOWS = (
    "Two windows of HARP before version 4 on this model look the same from here, and Cancel ends nothing while both "
    "are at work: give the second one another address of this server, such as 127.0.0.1 in place of localhost."
)


def url_box(base_path: str) -> str:
    """Return the HARP URL with its copy button; ``page.js`` puts the address that the browser used in front."""
    return (
        '<div class="hp-url"><span class="hp-eyebrow">HARP URL</span>'
        f'<code data-harp-path="{escape(base_path, quote=True)}">{escape(base_path)}</code>'
        '<button type="button" class="hp-copy" data-copy aria-label="Copy the HARP URL">Copy</button></div>'
        f'<p class="hp-none hp-windows">{_WINDOWS}</p>'
    )


def card_html(card: ModelCard, pasted: str, home: str) -> str:
    """Return the head of an endpoint's page.

    Args:
        card: the model's.
        pasted: path of the endpoint's base URL as HARP needs it, such as ``/models/harpist/chords``.
        home: path of the list of endpoints.
    """
    tags = "".join(f"<li>{escape(tag)}</li>" for tag in shown_tags(card))
    # The description ends with the warnings; they get a box of their own here.
    description = card.description
    if card.warnings:
        listed = f"{DEVIATES} {' '.join(card.warnings)}"
        description = description.replace(listed, "")
    warnings = "".join(f"<li>{escape(warning)}</li>" for warning in card.warnings)
    notes = f'<ul class="hp-warnings" aria-label="Warnings">{warnings}</ul>' if warnings else ""
    licence = f"Licence: {escape(card.licence)}" if card.licence else "No licence stated"
    return (
        f'<header class="hp-card"><a class="hp-home" href="{escape(home, quote=True)}">All models</a>'
        f'<div class="hp-title"><h1>{escape(card.name)}</h1><span>by {escape(card.author)} · {licence}</span></div>'
        f'<div class="hp-about">{paragraphs(description)}{notes}</div>'
        f'<ul class="hp-tags" aria-label="Tags">{tags}</ul>{url_box(pasted)}</header>'
    )
