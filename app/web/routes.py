"""The server's own JSON: is it well, and what does it offer."""

from __future__ import annotations

from dataclasses import asdict

from app.errors import HarpistError
from app.registry import Registry
from app.web.json_answer import JsonAnswer
from app.workers.sandbox.layers import layers

_HEADERS = {"Cache-Control": "no-store"}


def health(starting: str = "") -> JsonAnswer:
    """Return ``{"status": "ok", "sandbox": [...]}``: the server answers, and its workers have these layers.

    Args:
        starting: what a start is at, such as ``trying 3 of 7``: then the status is ``"starting: trying 3 of 7"``.
    """
    sandbox = [asdict(layer) for layer in layers()]
    status = f"starting: {starting}" if starting else "ok"
    return JsonAnswer({"status": status, "sandbox": sandbox}, headers=_HEADERS)


def catalogue(registry: Registry, base_url: str) -> JsonAnswer:
    """Return every endpoint, in display order, with the URL to paste into HARP.

    An endpoint whose model cannot be described is listed with the sentence that says why.
    """
    return JsonAnswer({"endpoints": [_entry(registry, name, base_url) for name in registry.ids()]}, headers=_HEADERS)


def _entry(registry: Registry, endpoint_id: str, base_url: str) -> dict[str, object]:
    entry: dict[str, object] = {"id": endpoint_id, "url": f"{base_url}/models/{endpoint_id}"}
    try:
        card = registry.get(endpoint_id).card
    except HarpistError as error:
        return {**entry, "error": error.message}
    return {
        **entry,
        "name": card.name,
        "author": card.author,
        "description": card.description,
        "tags": list(card.tags),
        "licence": card.licence,
        "warnings": list(card.warnings),
    }
