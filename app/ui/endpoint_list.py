"""The list of endpoints at ``/``: plain HTML, without Gradio, in the look of the endpoint pages."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Callable, Iterable
from html import escape

from app.endpoint import EndpointSpec
from app.errors import HarpistError
from app.harp.address import harp_url
from app.registry import Registry
from app.ui.card_view import category, shown_tags, url_box
from app.ui.look import FAVICON, static_text


def list_page(registry: Registry, foot: str = "") -> Callable[[str], str]:
    """Return what makes the page at ``/``, given the server's address: its endpoints, and the line ``foot`` below."""

    def page(base_url: str) -> str:
        entries = []
        for endpoint_id in registry.ids():
            # A model that broke since the start is no reason to hide the others.
            with contextlib.suppress(HarpistError):
                entries.append(registry.get(endpoint_id))
        return render_list(entries, base_url, foot)

    return page


def render_list(entries: Iterable[EndpointSpec], base_url: str, foot: str = "") -> str:
    """Return the page that lists every endpoint.

    Args:
        entries: the endpoints, in the order in which they are shown.
        base_url: the server's address as the browser knows it, such as ``http://localhost:7860``.
        foot: a line below them.
    """
    base_url = base_url.rstrip("/")
    prefix = re.sub(r"^[a-z]+://[^/]*", "", base_url)
    cards = [_entry(spec, base_url, prefix) for spec in entries]
    count = "1 model" if len(cards) == 1 else f"{len(cards)} models"
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f'<meta name="color-scheme" content="light dark"><title>Harpist</title><link rel="icon" href="{FAVICON}">'
        f"<style>{static_text('look.css')}{static_text('list.css')}</style></head><body><main>"
        '<header class="hp-top"><h1>Harpist</h1><p>Sound in, stems and labels back. Open a model here, '
        "or paste its URL into HARP.</p></header>"
        '<div class="hp-search"><input class="hp-find" type="search" id="find" placeholder="Search the models" '
        'aria-label="Search the models" autocomplete="off" spellcheck="false">'
        f'<output id="count" for="find" aria-live="polite">{count}</output></div>'
        f'<ul class="hp-list">{"".join(cards)}</ul>'
        '<p class="hp-empty" id="empty" hidden>No model matches. Try a shorter word.</p>'
        f'<footer class="hp-foot">{escape(foot)}</footer></main>'
        f"<script>{static_text('list.js')}</script></body></html>"
    )


def _entry(spec: EndpointSpec, base_url: str, prefix: str) -> str:
    card = spec.card
    path = f"/models/{spec.id}"
    tags = [tag for tag in shown_tags(card) if tag != category(card)]
    words = " ".join([spec.id, card.name, card.author, card.description, *shown_tags(card)]).casefold()
    listed = "".join(f"<li>{escape(tag)}</li>" for tag in tags)
    link = escape(prefix + path, quote=True)
    return (
        f'<li class="hp-entry" data-words="{escape(words, quote=True)}">'
        f'<div class="hp-eyebrow">{escape(category(card) or "model")}</div>'
        f'<h2><a href="{link}">{escape(card.name)}</a></h2><p class="hp-by">by {escape(card.author)}</p>'
        f'<p class="hp-what">{escape(" ".join(card.description.split()))}</p>'
        f'<ul class="hp-tags" aria-label="Tags">{listed}</ul>'
        f"{url_box(prefix + path, harp_url(base_url + path))}"
        f'<a class="hp-open" href="{link}" aria-label="Open {escape(card.name, quote=True)}">Open</a></li>'
    )
