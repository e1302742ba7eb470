"""Finding models in the catalogue: words, filters and order."""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from app.errors import RequestError
from app.hub.entry import Entry

_ORDERS: dict[str, Callable[[Entry], Any]] = {
    "downloads": lambda entry: -entry.downloads,
    "likes": lambda entry: -entry.likes,
    "date": lambda entry: [-ord(letter) for letter in entry.changed] or [0],
    # Small ones first; those whose size nobody knows last.
    "size": lambda entry: entry.size or float("inf"),
    "name": lambda _: 0,
}
SORTS = tuple(_ORDERS)


@dataclass(frozen=True)
class Query:
    """What a visitor looks for; what is empty or ``None`` does not matter.

    Attributes:
        words: every one of them must begin a word of the model's texts, or be in its id.
        kind: ``"Effect"`` or ``"Analyzer"``.
        sample_rate: in Hz.
        licence: as stated; ``"none"`` for models without one.
        sort: one of :data:`SORTS`; what is installed comes first in each.
    """

    words: str = ""
    kind: str = ""
    domain: str = ""
    sample_rate: int = 0
    licence: str = ""
    installed: bool | None = None
    sort: str = "downloads"


@dataclass(frozen=True)
class Choices:
    """What can be filtered by, and how many models each would leave."""

    kinds: dict[str, int]
    domains: dict[str, int]
    sample_rates: dict[int, int]
    licences: dict[str, int]


def search(entries: Iterable[Entry], query: Query) -> tuple[Entry, ...]:
    """Return the entries that a query asks for, in its order.

    Raises:
        RequestError: there is no such order.
    """
    if query.sort not in _ORDERS:
        raise RequestError(f"Models are sorted by {', '.join(SORTS)}, not “{query.sort[:40]}”.")
    words = _plain(query.words).split()
    found = [entry for entry in entries if _fits(entry, query) and _has_words(entry, words)]
    order = _ORDERS[query.sort]
    return tuple(sorted(found, key=lambda entry: (not entry.installed, order(entry), entry.id.lower())))


def choices(entries: Iterable[Entry]) -> Choices:
    """Return what the filters can offer, the most frequent first (sample rates in their order)."""
    entries = tuple(entries)
    rates = Counter(entry.sample_rate for entry in entries if entry.sample_rate)
    return Choices(
        kinds=dict(Counter(entry.kind for entry in entries if entry.kind).most_common()),
        domains=dict(Counter(domain for entry in entries for domain in entry.domains).most_common()),
        sample_rates=dict(sorted(rates.items())),
        licences=dict(Counter(_licence(entry) for entry in entries).most_common()),
    )


def _licence(entry: Entry) -> str:
    return entry.licence.lower() or "none"


def _fits(entry: Entry, query: Query) -> bool:
    return (
        (not query.kind or entry.kind.lower() == query.kind.lower())
        and (not query.domain or query.domain.lower() in entry.domains)
        and (not query.sample_rate or entry.sample_rate == query.sample_rate)
        and (not query.licence or _licence(entry) == query.licence.lower())
        and (query.installed is None or bool(entry.installed) == query.installed)
    )


def _has_words(entry: Entry, words: list[str]) -> bool:
    if not words:
        return True
    texts = (entry.name, entry.short_description, entry.long_description, entry.kind)
    lists = (entry.tags, entry.labels, entry.domains)
    text = _plain(" ".join((*texts, *(item for items in lists for item in items))))
    names = _plain(entry.id)
    spaced = " " + "".join(letter if letter.isalnum() else " " for letter in text)
    return all(word in names or f" {word}" in spaced or word in text.split() for word in words)


def _plain(text: str) -> str:
    """Return text without case and accents."""
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    return "".join(letter for letter in decomposed if not unicodedata.combining(letter))
