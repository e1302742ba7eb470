"""The manager page at ``/``: every model, installed or not; plain HTML, a style and a script of our own, no Gradio.

The server sends the endpoints with their URLs, which is all that a browser without JavaScript needs. The script asks
for the rest, and knows text only: nothing that comes from a hub is read as HTML. The page's policy lets run what is on
it and nothing else, not even what lies on this server.
"""

from __future__ import annotations

import base64
import contextlib
import hashlib
import re
from collections.abc import Callable, Iterable
from functools import cache
from html import escape
from pathlib import Path
from string import Template

from app.endpoint import EndpointSpec
from app.errors import HarpistError
from app.harp.address import KEY_PLACE, model_address
from app.registry import Registry
from app.ui.card_view import category, shown_tags
from app.ui.look import FAVICON, static_text

_FOLDER = Path(__file__).parent / "manager"
_EARLY = 'document.documentElement.classList.add("hp-lively");'
"""Runs before anything is shown: what only works with a script is hidden without it."""
_SCRIPTS = ("text.js", "server.js", "art.js", "filters.js", "card.js", "ask.js", "page.js")


def manager_page(registry: Registry, foot: str = "", *, asks_key: bool = False) -> Callable[[str], str]:
    """Return what makes the page at ``/``, given the server's address: its endpoints, and the line ``foot`` below.

    Where the server asks for a key, the addresses for HARP have a place for it.
    """

    def page(base_url: str) -> str:
        entries = []
        for endpoint_id in registry.ids():
            # A model that broke since the start is no reason to hide the others.
            with contextlib.suppress(HarpistError):
                entries.append(registry.get(endpoint_id))
        root = next(filter(registry.is_root, registry.ids()), "")
        return render_manager(entries, base_url, foot, root, KEY_PLACE if asks_key else "")

    return page


def render_manager(
    entries: Iterable[EndpointSpec], base_url: str, foot: str = "", root: str = "", place: str = ""
) -> str:
    """Return the page as it is before its script has asked for anything.

    Args:
        entries: the endpoints, in the order in which they are shown.
        base_url: the server's address as the browser knows it, such as ``http://localhost:7860``.
        foot: a line below them.
        root: the one at the server's own address.
        place: what an address for HARP has behind the server's, see :data:`app.harp.address.KEY_PLACE`.
    """
    base_url = base_url.rstrip("/")
    prefix = re.sub(r"^[a-z]+://[^/]*", "", base_url)
    cards = [
        _card(number, spec, model_address(base_url + place, spec.id, is_root=spec.id == root), prefix)
        for number, spec in enumerate(entries)
    ]
    count = "1 model" if len(cards) == 1 else f"{len(cards)} models"
    return _frame().substitute(cards="".join(cards), count=count, foot=escape(foot), place=escape(place))


@cache
def _frame() -> Template:
    """Return the page around its cards, with the style, the script, and the policy that names both by their digests."""
    script = "\n".join((_FOLDER / name).read_text(encoding="utf-8") for name in _SCRIPTS)
    style = static_text("look.css") + (_FOLDER / "style.css").read_text(encoding="utf-8")
    policy = (
        f"default-src 'none'; script-src '{_digest(_EARLY)}' '{_digest(script)}'; style-src '{_digest(style)}'; "
        "img-src data:; connect-src 'self'; form-action 'none'; base-uri 'none'"
    )
    page = Template((_FOLDER / "page.html").read_text(encoding="utf-8"))
    parts = {"early": _EARLY, "script": script, "style": style, "policy": policy, "icon": FAVICON}
    return Template(page.safe_substitute({name: text.replace("$", "$$") for name, text in parts.items()}))


def _digest(text: str) -> str:
    """Return a text's digest as a Content-Security-Policy names it."""
    return f"sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}"


def _card(number: int, spec: EndpointSpec, address: str, prefix: str) -> str:
    card = spec.card
    tags = "".join(f"<li>{escape(tag)}</li>" for tag in shown_tags(card) if tag != category(card))
    name, link = escape(card.name), escape(f"{prefix}/models/{spec.id}/")
    label, shown = ("HARP URL", f"<code>{escape(address)}</code>") if address else ("For the browser, not for HARP", "")
    return (
        f'<li class="hp-entry"><article aria-labelledby="e{number}"><div class="hp-art"></div>'
        f'<p class="hp-eyebrow">{escape(category(card) or "model")}</p>'
        f'<h2 id="e{number}"><a href="{link}">{name}</a></h2><p class="hp-by">by {escape(card.author)}</p>'
        f'<p class="hp-what">{escape(" ".join(card.description.split()))}</p>'
        f'<ul class="hp-tags" aria-label="Tags">{tags}</ul><div class="hp-now">'
        f'<div class="hp-url"><span class="hp-eyebrow">{label}</span>{shown}</div>'
        f'<div class="hp-actions"><a class="hp-do hp-main" href="{link}" aria-label="Open: {name}">Open</a></div>'
        "</div></article></li>"
    )
