"""What is said in one passage, word by word, with times."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch

from endpoints.transcribe.alignment import token_starts
from endpoints.transcribe.decoding import Heard, decode, find_language
from endpoints.transcribe.languages import WITHOUT_SPACES
from endpoints.transcribe.network import RATE, Network
from endpoints.transcribe.passages import Passage
from endpoints.transcribe.sentences import Said
from endpoints.transcribe.vocabulary import SECONDS, Vocabulary

_WORTH = 1.0
"""Seconds of a passage that must be behind before its rest is heard anew."""

_SLOWEST = 3.0
"""Seconds that a word takes at most, so that none reaches over a pause behind it."""


@dataclass(frozen=True)
class Stretch:
    """Tokens of text between two timestamps, which are in steps of :data:`SECONDS`."""

    start: int
    end: int
    tokens: tuple[int, ...]
    probabilities: tuple[float, ...]


@dataclass(frozen=True)
class Transcript:
    """What is said in a passage.

    Attributes:
        words: in order.
        language: a code.
        heard: samples of the passage that this is all of; the rest is to be heard anew.
    """

    words: tuple[Said, ...]
    language: str
    heard: int


def listen(
    network: Network, passage: Passage, language: str, tries: int, lots: torch.Generator, tell: Callable[[float], None]
) -> Transcript:
    """Hear a passage.

    Args:
        network: hears it.
        passage: the sound.
        language: a code; empty: it is found out.
        tries: how often it may be heard again.
        lots: draws.
        tell: takes the second of the passage that is reached; may raise to end it.
    """
    samples = len(passage.sound)
    heard = network.encode(passage.sound)
    language = language or find_language(network, heard)
    found = decode(network, heard, language, tries, lots, tell)
    if found.nothing:
        return Transcript((), language, samples)
    steps = max(1, round(samples / RATE / SECONDS))
    stretches = stretches_of(found, network.vocabulary, steps)
    tokens = [token for stretch in stretches for token in stretch.tokens]
    if not tokens:
        return Transcript((), language, samples)
    words = network.vocabulary
    # The start, the language, the task and no timestamps come before; what follows the last token ends it.
    prompt = [words.start, words.languages[language], words.transcribe, words.no_times]
    attention = network.attention(heard, [*prompt, *tokens, words.end], samples)[:, len(prompt) - 1 : -1]
    starts = [*token_starts(attention).tolist(), steps]
    said: list[Said] = []
    first = 0
    for stretch in stretches:
        said += _words(stretch, starts[first : first + len(stretch.tokens) + 1], words, language, passage, steps)
        first += len(stretch.tokens)
    return Transcript(tuple(said), language, _behind(found, words, samples))


def stretches_of(found: Heard, words: Vocabulary, steps: int) -> list[Stretch]:
    """Return the stretches of text; one that has no end ends with the passage, which has so many ``steps``."""
    stretches: list[Stretch] = []
    start, tokens, chances = 0, list[int](), list[float]()
    for token, chance in zip(found.tokens, found.probabilities):
        if token < words.first_time:
            tokens.append(token)
            chances.append(chance)
            continue
        time = min(token - words.first_time, steps)
        if tokens:
            stretches.append(Stretch(start, max(time, start), tuple(tokens), tuple(chances)))
        start, tokens, chances = time, [], []
    if tokens:
        stretches.append(Stretch(start, steps, tuple(tokens), tuple(chances)))
    return stretches


def _words(
    stretch: Stretch, starts: list[int], words: Vocabulary, language: str, passage: Passage, steps: int
) -> list[Said]:
    """Return a stretch's words; ``starts``: the step of each of its tokens, and that behind it."""
    said: list[Said] = []
    cut = words.words(stretch.tokens, language not in WITHOUT_SPACES)
    at, offset = 0, passage.start / RATE
    for number, (text, count) in enumerate(cut):
        # What the attention says holds within what the timestamps say.
        begin, end = (min(max(step, stretch.start), max(stretch.end, 1)) for step in (starts[at], starts[at + count]))
        end = min(max(end, begin + 1), steps)
        begin = min(begin, end - 1)
        chances = stretch.probabilities[at : at + count]
        start, stop = within_speech(begin * SECONDS, end * SECONDS, [(a / RATE, b / RATE) for a, b in passage.spoken])
        if text.strip():
            chance = sum(chances) / count
            said.append(
                Said(offset + start, offset + min(stop, start + _SLOWEST), text, chance, number == len(cut) - 1)
            )
        at += count
    return said


def within_speech(begin: float, end: float, spoken: Sequence[tuple[float, float]]) -> tuple[float, float]:
    """Return a word's begin and end without the pause in which it begins, and without that in which it ends.

    What the network attends to goes on over pauses. All in seconds; where nobody speaks meanwhile, they stay.
    """
    heard = [(max(at, begin), min(to, end)) for at, to in spoken if at < end and to > begin]
    if not heard:
        return begin, end
    # A word is not torn by a pause: it lies where it is heard longest.
    return max(heard, key=lambda one: one[1] - one[0])


def _behind(found: Heard, words: Vocabulary, samples: int) -> int:
    """Return how many samples of a passage the text is for: all, unless it ends with the begin of a further stretch."""
    times = [token >= words.first_time for token in found.tokens[-2:]]
    if len(times) < 2 or not all(times):
        return samples
    place = round((found.tokens[-1] - words.first_time) * SECONDS * RATE)
    return place if RATE * _WORTH <= place < samples - RATE * _WORTH else samples
