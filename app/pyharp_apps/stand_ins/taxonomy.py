"""pyharp 0.3.1's words for the tags of a model card: its place in HARP's taxonomy, its rate, its channels."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum
from typing import Any

from app.harp.tags import CATEGORIES

__all__ = ["Category", "Channels", "SampleRate", "Subcategory"]

_NAMED = {1: "mono", 2: "stereo"}


class _Place(Enum):
    """A place of the taxonomy, by its id."""

    @property
    def id(self) -> str:
        """Its id, such as ``stem-separation``."""
        return str(self.value)


class _Category(_Place):
    """Where the taxonomy begins."""

    @property
    def tag(self) -> str:
        """The tag that HARP reads."""
        return f"category:{self.value}"


class _Subcategory(_Place):
    """A place within a category."""

    @property
    def category(self) -> Any:
        """The category that it belongs to."""
        return next(place for place in Category if self.value in CATEGORIES[place.id])

    @property
    def tag(self) -> str:
        """The tag that HARP reads."""
        return f"subcategory:{self.value}"


def _enumeration(kind: Any, name: str, ids: Iterable[str]) -> Any:
    """Return an enumeration of that kind with a member for each id."""
    return kind(name, [(place.upper().replace("-", "_"), place) for place in ids])


Category: Any = _enumeration(_Category, "Category", CATEGORIES)
"""``Category.EFFECTS`` and the others."""

Subcategory: Any = _enumeration(
    _Subcategory, "Subcategory", (place for places in CATEGORIES.values() for place in places)
)
"""``Subcategory.STEM_SEPARATION`` and the others."""


@dataclass(frozen=True)
class SampleRate:
    """The model's own rate, in Hz."""

    hz: int

    @property
    def tag(self) -> str:
        """The tag that HARP reads."""
        return f"sample-rate:{int(self.hz)}"


@dataclass(frozen=True)
class Channels:
    """The model's channels, a number."""

    count: int

    @property
    def tag(self) -> str:
        """The tag that HARP reads."""
        return f"channels:{_NAMED.get(int(self.count), int(self.count))}"


def tag_words(listed: Iterable[Any]) -> list[str]:
    """Return a card's tags as HARP reads them, each once: places first, a subcategory behind its category."""
    places: list[str] = []
    others: list[str] = []
    for item in listed:
        if isinstance(item, _Subcategory):
            places += [item.category.tag, item.tag]
        elif isinstance(item, _Category):
            places.append(item.tag)
        else:
            others.append(item.tag if isinstance(item, (SampleRate, Channels)) else str("" if item is None else item))
    return list(dict.fromkeys([*places, *others]))
