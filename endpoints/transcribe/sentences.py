"""Words with times, and sentences of them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

_ENDS = tuple(".!?…。！？।؟")
_CLOSING = "\"'”’)]}»」』"
_PAUSE = 1.0
"""Seconds of pause that end a sentence."""

_LONG = 10.0
"""Seconds from which on a sentence that goes on is cut at a comma, or where the network ends a stretch of its text."""

_BREAKS = tuple(",;:，、；：،")

_SHORT = frozenset(
    ("mr", "mrs", "ms", "dr", "prof", "st", "jr", "sr", "vs", "nr", "hr", "fr", "bzw", "ca", "mme", "sra")
)
"""What is written with a full stop within a sentence."""


@dataclass(frozen=True)
class Said:
    """Something that was said.

    Attributes:
        start, end: in seconds from the region's begin.
        text: with the space before it, where there is one.
        sure: the mean probability of its tokens, 0 to 1.
        last: whether the network ends a stretch of text behind it.
    """

    start: float
    end: float
    text: str
    sure: float
    last: bool = False


def sentences(words: Iterable[Said]) -> list[Said]:
    """Put words together to sentences.

    One ends at its punctuation, unless what it stands behind is short for something or a small letter follows; at a
    pause; and once it is long, at a comma.
    """
    found: list[Said] = []
    held: list[Said] = []
    for word in words:
        if held and _ended(held, word):
            found.append(_joined(held))
            held = []
        held.append(word)
    return [*found, _joined(held)] if held else found


def _ended(held: list[Said], following: Said) -> bool:
    """Whether a sentence is over before the word that follows."""
    last = held[-1]
    text = last.text.strip().rstrip(_CLOSING)
    if following.start - last.end >= _PAUSE:
        return True
    if last.end - held[0].start >= _LONG and (last.last or text.endswith(_BREAKS)):
        return True
    if not text.endswith(_ENDS):
        return False
    if text[-1] not in ".…":
        return True
    bare = text.rstrip(".…").lower().lstrip("\"'“‘¿¡([{-«„")
    initial = len(bare) == 1 and bare.isalpha() and bare != "i" and bare.isascii()
    return not (initial or bare in _SHORT or following.text.lstrip()[:1].islower())


def _joined(words: list[Said]) -> Said:
    sure = sum(word.sure for word in words) / len(words)
    return Said(words[0].start, words[-1].end, "".join(word.text for word in words), sure, words[-1].last)
