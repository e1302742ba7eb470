"""Words put together to sentences."""

from __future__ import annotations

import pytest

from endpoints.transcribe.sentences import Said, sentences


def words(text: str, *, gaps: tuple[int, ...] = (), ends: tuple[int, ...] = (), length: float = 0.5) -> list[Said]:
    """Return the words of a text, each of so many seconds; a long pause before some, a stretch's end behind some."""
    said, at = [], 0.0
    for number, word in enumerate(text.split()):
        at += 1.5 if number in gaps else 0.0
        said.append(Said(at, at + length, f" {word}", 0.5, number in ends))
        at += length
    return said


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("One. Two three? “Four!” Five", ["One.", "Two three?", "“Four!”", "Five"]),
        ("And Mr. Dashwood met Dr. J. Smith. He left.", ["And Mr. Dashwood met Dr. J. Smith.", "He left."]),
        ("Taller than I. No. Yes", ["Taller than I.", "No.", "Yes"]),
        ("so ... it goes on… and on", ["so ... it goes on… and on"]),
        ("好。 再见", ["好。", "再见"]),
        ("", []),
    ],
)
def test_punctuation_ends_a_sentence(text: str, found: list[str]) -> None:
    assert [" ".join(one.text.split()) for one in sentences(words(text))] == found


def test_a_pause_ends_one_and_times_are_those_of_its_words() -> None:
    said = words("no stop but a pause", gaps=(3,))
    first, second = sentences(said)
    assert (first.text, second.text) == (" no stop but", " a pause")
    assert (first.start, first.end, second.start) == (0.0, 1.5, 3.0) and first.sure == 0.5


def test_what_has_no_punctuation_ends_where_the_network_breaks_once_it_is_long() -> None:
    text = "and so on " * 20
    short = sentences(words(text[:20], ends=(1, 2, 3)))
    assert len(short) == 1
    broken = sentences(words(text, ends=tuple(range(4, 60, 5))))
    assert [len(one.text.split()) for one in broken] == [20, 20, 20]
    commas = sentences(words("and so, on " * 20))
    assert [len(one.text.split()) for one in commas] == [20, 21, 19]
