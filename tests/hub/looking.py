"""What a catalogue shows."""

from __future__ import annotations

from app.hub.catalogue import Catalogue
from app.hub.entry import Entry


def by_id(catalogue: Catalogue) -> dict[str, Entry]:
    return {entry.id: entry for entry in catalogue.entries()}


def refreshed(catalogue: Catalogue) -> dict[str, Entry]:
    catalogue.refresh()
    assert catalogue.notice == ""
    return by_id(catalogue)
