from __future__ import annotations

import pytest

from app.errors import RequestError
from app.hub.entry import Entry
from app.hub.search import SORTS, Query, choices, search

ENTRIES = (
    Entry(
        "hugggof/demucs_extra",
        kind="Effect",
        name="Demucs",
        domains=("music",),
        tags=("drums", "Bäss"),
        short_description="Takes a mix apart.",
        sample_rate=44100,
        labels=("Drums", "Vocals"),
        size=400,
        likes=1,
        downloads=50,
        licence="MIT",
        changed="2023-01-05",
    ),
    Entry(
        "aguilara42/simple-vad",
        kind="Analyzer",
        name="Simple VAD",
        domains=("speech", "music"),
        long_description="Finds speech in noise.",
        sample_rate=16000,
        size=20,
        likes=9,
        downloads=10,
        changed="2024-06-01",
        installed="c" * 40,
    ),
    Entry("oreillyp/UNET", name="UNET", warnings=("Nothing is known.",)),
)


def ids(**query: object) -> list[str]:
    return [entry.id.split("/")[1] for entry in search(ENTRIES, Query(**query))]


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("", ["simple-vad", "demucs_extra", "UNET"]),
        ("demucs", ["demucs_extra"]),
        ("DRUMS bass", ["demucs_extra"]),
        ("bäss", ["demucs_extra"]),
        ("voc", ["demucs_extra"]),
        ("ocals", []),
        ("speech noise", ["simple-vad"]),
        ("drums noise", []),
        ("simple-vad", ["simple-vad"]),
        ("hugggof/dem", ["demucs_extra"]),
        ("unet", ["UNET"]),
        ("analyzer", ["simple-vad"]),
        ("noise.", ["simple-vad"]),
    ],
)
def test_every_word_counts(words: str, found: list[str]) -> None:
    assert ids(words=words) == found


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({"kind": "effect"}, ["demucs_extra"]),
        ({"domain": "Music"}, ["simple-vad", "demucs_extra"]),
        ({"sample_rate": 16000}, ["simple-vad"]),
        ({"licence": "mit"}, ["demucs_extra"]),
        ({"licence": "none"}, ["simple-vad", "UNET"]),
        ({"installed": True}, ["simple-vad"]),
        ({"installed": False}, ["demucs_extra", "UNET"]),
        ({"installed": False, "kind": "Analyzer"}, []),
    ],
)
def test_filters(query: dict[str, object], found: list[str]) -> None:
    assert ids(**query) == found


@pytest.mark.parametrize(
    ("sort", "found"),
    [
        ("downloads", ["demucs_extra", "new", "UNET"]),
        ("likes", ["new", "demucs_extra", "UNET"]),
        ("date", ["new", "demucs_extra", "UNET"]),
        ("size", ["new", "demucs_extra", "UNET"]),
        ("name", ["new", "demucs_extra", "UNET"]),
    ],
)
def test_orders_with_what_is_installed_first(sort: str, found: list[str]) -> None:
    new = Entry("a/new", downloads=20, likes=3, changed="2024-12-31", size=30)
    entries = search((*ENTRIES, new), Query(sort=sort))
    assert [entry.id.split("/")[1] for entry in entries] == ["simple-vad", *found]
    assert sort in SORTS


def test_an_unknown_order_is_an_error() -> None:
    with pytest.raises(RequestError, match="sorted by downloads, likes, date, size, name, not “price”"):
        search(ENTRIES, Query(sort="price"))


def test_the_filters_offer_what_there_is() -> None:
    offered = choices(ENTRIES)
    assert offered.kinds == {"Effect": 1, "Analyzer": 1}
    assert offered.domains == {"music": 2, "speech": 1}
    assert list(offered.sample_rates) == [16000, 44100]
    assert offered.licences == {"none": 2, "mit": 1}
